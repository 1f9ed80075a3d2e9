using Kairos.Gateway;
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
        _hub = new SnapshotHub(Scope.Cluster, _time);
        _feed = new SnapshotFeed(_series.Client(), _hub, new GatewayInstruments(_measured), _time, NullLogger<SnapshotFeed>.Instance);
    }

    [Fact]
    public async Task ExecuteAsync_TheStreamBringsNothingYet_ANewNodeKeepsUpByCalls()
    {
        await _feed.StartAsync(TestContext.Current.CancellationToken);
        for (var tick = T; tick < T + 5; tick++)
        {
            _series.Latest[Scope.Cluster] = Make.Snapshot(tick);
            await _time.RunUntilAsync(() => _hub.Latest?.Tick == tick, TimeSpan.FromSeconds(1), step: TimeSpan.FromMilliseconds(25));
        }
    }

    [Fact]
    public async Task ExecuteAsync_CallsBringWhatTheStreamDoesNot_OnlyWhatIsNewerIsAskedFor()
    {
        await _feed.StartAsync(TestContext.Current.CancellationToken);
        for (var tick = T; tick < T + 10; tick++)
        {
            _series.Latest[Scope.Cluster] = Make.Snapshot(tick);
            await _time.RunUntilAsync(() => _hub.Latest?.Tick == tick, TimeSpan.FromSeconds(1), step: TimeSpan.FromMilliseconds(25));
        }

        Assert.DoesNotContain(0, _series.SnapshotTicks.SkipWhile(afterTick => afterTick == 0));
    }

    [Fact]
    public async Task ExecuteAsync_NothingNewerComesForLong_AsksFromTheBeginning()
    {
        await _feed.StartAsync(TestContext.Current.CancellationToken);
        _series.Latest[Scope.Cluster] = Make.Snapshot(T);
        await _time.RunUntilAsync(() => _hub.Latest?.Tick == T, TimeSpan.FromSeconds(1), step: TimeSpan.FromMilliseconds(25));
        await _time.RunUntilAsync(() => _series.SnapshotTicks.Contains(T), TimeSpan.FromSeconds(1), step: TimeSpan.FromMilliseconds(25));
        _series.SnapshotTicks.Clear();
        await _time.RunUntilAsync(() => _series.SnapshotTicks.Contains(0), TimeSpan.FromSeconds(5), step: TimeSpan.FromMilliseconds(25));
    }

    public async ValueTask DisposeAsync()
    {
        await _feed.StopAsync(CancellationToken.None);
        _feed.Dispose();
        _measured.Dispose();
    }
}
