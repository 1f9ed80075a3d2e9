using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Kairos.Tests.Unit;

/// <summary>A series grain that answers with given snapshots and points, or fails, and keeps what it was asked.</summary>
internal sealed class FakeSeries : ITimeSeriesGrain
{
    private int _scopeReads;

    /// <summary>The newest snapshot of each scope; of another scope there is none yet.</summary>
    public ConcurrentDictionary<Scope, Snapshot> Latest { get; } = [];

    public IReadOnlyList<HistoryPoint>? Points { get; set; } = [];

    /// <summary>The scopes that the roll-up has counted.</summary>
    public List<Scope> Scopes { get; } = [];

    /// <summary>The ranking of each kind.</summary>
    public List<TopRow> Rows { get; } = [];

    /// <summary>What a question for a ranking fails with; null where it does not.</summary>
    public Exception? RankingsFailure { get; set; }

    /// <summary>Who was asked for snapshots, and whether to follow.</summary>
    public ConcurrentQueue<(Scope Scope, bool Follows)> SnapshotQueries { get; } = [];

    /// <summary>After which ticks they were asked for.</summary>
    public ConcurrentQueue<long> SnapshotTicks { get; } = [];

    /// <summary>The seconds of a scope after a tick, with durations or without; may throw. None after any tick until it is set.</summary>
    public Func<Scope, long, bool, SecondsRange> Seconds { get; set; } = (_, afterTick, _) => new SecondsRange(afterTick, afterTick, afterTick, []);

    /// <summary>Whose seconds were asked for, after which tick, and whether with durations.</summary>
    public ConcurrentQueue<(Scope Scope, long AfterTick, bool WithDurations)> SecondsQueries { get; } = [];

    public List<HistoryQuery> HistoryQueries { get; } = [];

    public ConcurrentQueue<TopQuery> TopQueries { get; } = [];

    /// <summary>How often the scopes were asked for.</summary>
    public int ScopeReads => Volatile.Read(ref _scopeReads);

    /// <summary>A client of a cluster that has this grain and no other, and whose streams cannot be had.</summary>
    public IClusterClient Client()
    {
        var client = DispatchProxy.Create<IClusterClient, ClientProxy>();
        ((ClientProxy)(object)client).Series = this;
        return client;
    }

    public Task KeepAliveAsync() => Task.CompletedTask;

    public Task<IReadOnlyList<Snapshot>> GetSnapshotsAsync(Scope scope, long afterTick, bool follows)
    {
        SnapshotQueries.Enqueue((scope, follows));
        SnapshotTicks.Enqueue(afterTick);
        return Task.FromResult<IReadOnlyList<Snapshot>>(Latest.TryGetValue(scope, out var latest) && latest.Tick > afterTick ? [latest] : []);
    }

    public Task<HistoryRange> GetHistoryAsync(HistoryQuery query)
    {
        HistoryQueries.Add(query);
        return Points is { } points ? Task.FromResult(new HistoryRange(1, points)) : throw new TimeoutException("The silo is away.");
    }

    public async Task<SecondsRange> GetSecondsAsync(Scope scope, long afterTick, bool withDurations)
    {
        SecondsQueries.Enqueue((scope, afterTick, withDurations));
        await Task.Yield();
        return Seconds(scope, afterTick, withDurations);
    }

    public Task<TopRanking> GetTopAsync(TopQuery query)
    {
        TopQueries.Enqueue(query);
        return RankingsFailure is { } failure ? Task.FromException<TopRanking>(failure) : Task.FromResult(new TopRanking(Make.Tick, Rows));
    }

    public Task<IReadOnlyList<Scope>> GetScopesAsync()
    {
        Interlocked.Increment(ref _scopeReads);
        return Task.FromResult<IReadOnlyList<Scope>>(Scopes);
    }

    [SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives from it.")]
    internal class ClientProxy : DispatchProxy
    {
        private static readonly ServiceProvider NoStreams = new ServiceCollection().BuildServiceProvider();

        public FakeSeries? Series { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod?.ReturnType == typeof(IServiceProvider) ? NoStreams : Series;
    }
}
