using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Kairos.Tests.Unit;

/// <summary>A series grain that answers with given snapshots and points, or fails.</summary>
internal sealed class FakeSeries : ITimeSeriesGrain
{
    private volatile Snapshot? _latest;

    public Snapshot? Latest { get => _latest; set => _latest = value; }

    public IReadOnlyList<HistoryPoint>? Points { get; set; } = [];

    public int Reads { get; private set; }

    /// <summary>A client of a cluster that has this grain and no other, and whose streams cannot be had.</summary>
    public IClusterClient Client()
    {
        var client = DispatchProxy.Create<IClusterClient, ClientProxy>();
        ((ClientProxy)(object)client).Series = this;
        return client;
    }

    public Task KeepAliveAsync() => Task.CompletedTask;

    /// <summary>The scopes that the roll-up has counted.</summary>
    public List<Scope> Scopes { get; } = [];

    /// <summary>The ranking of each kind.</summary>
    public List<TopRow> Rows { get; } = [];

    public bool RankingsFail { get; set; }

    public List<HistoryQuery> Queries { get; } = [];

    /// <summary>How often a ranking was asked for.</summary>
    public int Rankings { get; private set; }

    public Task<IReadOnlyList<Snapshot>> GetSnapshotsAsync(Scope scope, long afterTick, bool follows) =>
        Task.FromResult<IReadOnlyList<Snapshot>>(Latest is { } latest && latest.Tick > afterTick ? [latest] : []);

    public Task<HistoryRange> GetHistoryAsync(HistoryQuery query)
    {
        Reads++;
        Queries.Add(query);
        return Points is { } points ? Task.FromResult(new HistoryRange(1, points)) : throw new TimeoutException("The silo is away.");
    }

    public Task<TopRanking> GetTopAsync(TopQuery query)
    {
        Rankings++;
        return RankingsFail ? throw new TimeoutException("The silo is away.") : Task.FromResult(new TopRanking(Latest?.Tick ?? Make.Tick, Rows));
    }

    public Task<IReadOnlyList<Scope>> GetScopesAsync() => Task.FromResult<IReadOnlyList<Scope>>(Scopes);

    [SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives from it.")]
    internal class ClientProxy : DispatchProxy
    {
        private static readonly ServiceProvider NoStreams = new ServiceCollection().BuildServiceProvider();

        public FakeSeries? Series { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod?.ReturnType == typeof(IServiceProvider) ? NoStreams : Series;
    }
}
