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

    public Task<IReadOnlyList<Snapshot>> GetSnapshotsAsync(long afterTick) =>
        Task.FromResult<IReadOnlyList<Snapshot>>(Latest is { } latest && latest.Tick > afterTick ? [latest] : []);

    public Task<IReadOnlyList<HistoryPoint>> GetHistoryAsync(long fromTick, long toTick, int stepSeconds, int pointsMax)
    {
        Reads++;
        return Points is { } points ? Task.FromResult(points) : throw new TimeoutException("The silo is away.");
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
