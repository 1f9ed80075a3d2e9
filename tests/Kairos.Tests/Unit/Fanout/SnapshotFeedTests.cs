using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Kairos.Gateway;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>How snapshots come to a node while the stream brings none.</summary>
public sealed class SnapshotFeedTests : IAsyncDisposable
{
    private const long T = Make.Tick;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(T));
    private readonly Measurements _measured = new();
    private readonly FakeSeries _series = new();
    private readonly SnapshotHub _hub;
    private readonly SnapshotFeed _feed;

    public SnapshotFeedTests()
    {
        var client = DispatchProxy.Create<IClusterClient, ClientProxy>();
        ((ClientProxy)(object)client).Series = _series;
        _hub = new SnapshotHub(_time);
        _feed = new SnapshotFeed(client, _hub, new GatewayInstruments(_measured), _time, NullLogger<SnapshotFeed>.Instance);
    }

    [Fact]
    public async Task ExecuteAsync_TheStreamBringsNothingYet_ANewNodeKeepsUpByCalls()
    {
        await _feed.StartAsync(TestContext.Current.CancellationToken);
        for (var tick = T; tick < T + 5; tick++)
        {
            _series.Latest = Make.Snapshot(tick);
            await RunUntilAsync(() => _hub.Latest?.Tick == tick, TimeSpan.FromSeconds(1));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _feed.StopAsync(CancellationToken.None);
        _feed.Dispose();
        _measured.Dispose();
    }

    /// <summary>Lets the node's clock run until something has happened.</summary>
    private async Task RunUntilAsync(Func<bool> happened, TimeSpan limit)
    {
        var step = TimeSpan.FromMilliseconds(25);
        for (var run = TimeSpan.Zero; !happened(); run += step)
        {
            Assert.True(run < limit, $"Did not happen within {limit} of the node's clock.");
            _time.Advance(step);

            // What the clock set off runs beside; it gets a moment before the clock runs on.
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    private sealed class FakeSeries : ITimeSeriesGrain
    {
        public volatile Snapshot? Latest;

        public Task KeepAliveAsync() => Task.CompletedTask;

        public Task<IReadOnlyList<Snapshot>> GetSnapshotsAsync(long afterTick) =>
            Task.FromResult<IReadOnlyList<Snapshot>>(Latest is { } latest && latest.Tick > afterTick ? [latest] : []);

        public Task<IReadOnlyList<HistoryPoint>> GetHistoryAsync(long fromTick, long toTick, int stepSeconds, int pointsMax) =>
            throw new NotSupportedException();
    }

    /// <summary>A client of a cluster that has the series grain and whose streams cannot be had.</summary>
    [SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives from it.")]
    internal class ClientProxy : DispatchProxy
    {
        private static readonly ServiceProvider None = new ServiceCollection().BuildServiceProvider();

        public ITimeSeriesGrain? Series { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod?.Name == "get_ServiceProvider" ? None : Series;
    }
}
