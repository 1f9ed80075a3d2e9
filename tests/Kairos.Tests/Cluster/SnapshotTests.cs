using System.Collections.Concurrent;
using Kairos.Gateway;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Streams;
using Xunit;

namespace Kairos.Tests.Cluster;

/// <summary>From reports to what clients of the series see.</summary>
[Collection(SilosInThisProcess.Name)]
public sealed class SnapshotTests
{
    private static readonly Scope Orders = new(ScopeKind.Route, "orders");

    [Fact]
    public async Task GetSnapshots_TwoNodesOnDifferentShards_AreOneClusterWithExactTotals()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var first = await NodeBed.StartAsync(silo, "gw-1");
        await using var second = await NodeBed.StartAsync(silo, "gw-2");
        Assert.NotEqual(first.Shard.GetPrimaryKeyLong(), second.Shard.GetPrimaryKeyLong());

        first.Record(70);
        second.Record(20);
        second.Record(10, status: 503);
        first.Begin();
        second.Begin();
        var snapshot = await silo.SnapshotAsync(s => s.Counters.Requests == 100 && s.Gauges.InFlight == 2);
        Assert.Equal(new RequestCounters(0, 90, 0, 0, 10, 0, 100, 200_000), snapshot.Counters);
        Assert.Equal(2, snapshot.Gauges.Gateways);
        Assert.Equal(100, snapshot.Durations[SketchLayout.BucketOf(0.002)]);

        // A node that leaves takes its gauges with it and leaves its counts.
        await second.StopAsync();
        snapshot = await silo.SnapshotAsync(s => s.Gauges.Gateways == 1);
        Assert.Equal((100, 1), (snapshot.Counters.Requests, snapshot.Gauges.InFlight));
    }

    [Fact]
    public async Task GetSnapshots_ANodeThatDied_LosesItsGaugesAfterTheLease()
    {
        await using var silo = await SiloBed.StartAsync();
        var node = Guid.NewGuid();
        var seen = await Eventually.GetAsync(
            async () =>
            {
                var open = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1;
                await silo.Shard(0).ReportAsync(Unit.Make.Node("gw-dead", node, open - 1, Unit.Make.Report(open - 1, 6, inFlight: 9), Unit.Make.Report(open, 6, inFlight: 9)));
                return await silo.LatestAsync();
            },
            snapshot => snapshot is { Gauges: { InFlight: 9, Gateways: 1 } });
        Assert.Equal(6, seen!.Counters.Requests);

        // It reports no more.
        var later = await silo.SnapshotAsync(s => s is { Gauges: { InFlight: 0, Gateways: 0 } });
        Assert.Equal(6, later.Counters.Requests);
    }

    [Fact]
    public async Task Stream_ASubscriber_GetsTheSnapshotsThatACallGives()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var node = await NodeBed.StartAsync(silo, "gw-1");
        var streamed = await SubscribeAsync(silo, Scope.Cluster);
        node.Record(30);
        var received = await Eventually.GetAsync(() => Task.FromResult(streamed()), got => got is [_, _, .., var last] && last.Counters.Requests == 30);
        var called = (await silo.Series.GetSnapshotsAsync(Scope.Cluster, 0, follows: true)).ToDictionary(s => s.Tick);
        Assert.All(received.Zip(received.Skip(1)), pair => Assert.True(pair.First.Tick < pair.Second.Tick));
        Assert.All(received.Where(s => s.Gauges.Gateways > 0), s => Assert.Equal(s with { Durations = called[s.Tick].Durations }, called[s.Tick]));
    }

    [Fact]
    public async Task Stream_OfARoute_BringsEachTickOnceANodeFollowsTheRoute()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var node = await NodeBed.StartAsync(silo, "gw-1");
        node.Record(30);
        await silo.SnapshotAsync(s => s.Counters.Requests == 30);
        var (ofRoute, ofCluster) = (await SubscribeAsync(silo, Orders), await SubscribeAsync(silo, Scope.Cluster));

        // Who asks without a wish to follow starts none.
        Assert.Equal(30, (await silo.Series.GetSnapshotsAsync(Orders, 0, follows: false))[^1].Counters.Requests);
        await Eventually.GetAsync(() => Task.FromResult(ofCluster()), got => got.Count >= 4);
        Assert.Empty(ofRoute());

        node.Record(5);
        await silo.Series.GetSnapshotsAsync(Orders, 0, follows: true);
        var received = await Eventually.GetAsync(() => Task.FromResult(ofRoute()), got => got is [_, _, _, .., var last] && last.Counters.Requests == 35);
        var ticks = received.Select(s => s.Tick).ToArray();
        await Eventually.GetAsync(() => Task.FromResult(ofCluster()), got => got[^1].Tick >= ticks[^1]);
        Assert.Equal(ofCluster().Select(s => s.Tick).Where(tick => tick >= ticks[0] && tick <= ticks[^1]), ticks);
    }

    [Fact]
    public async Task Stream_OfARoute_IsWhatANodeThatFollowsItListensTo()
    {
        await using var silo = await SiloBed.StartAsync();
        using var measured = new Unit.Measurements();
        var hub = new SnapshotHub(Orders, TimeProvider.System);
        using var feed = new SnapshotFeed(silo.Client, hub, new GatewayInstruments(measured), TimeProvider.System, NullLogger<SnapshotFeed>.Instance);
        await feed.StartAsync(TestContext.Current.CancellationToken);

        // What no call gives; again and again, for a subscription takes a while.
        var only = Unit.Make.Snapshot(Unit.Make.Tick, successes: 7, generation: 1_000);
        await Eventually.GetAsync(
            async () =>
            {
                await Stream(silo, Orders).OnNextAsync(only);
                return hub.Latest;
            },
            latest => latest is { Generation: 1_000, Counters.Successes: 7 });
        await feed.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task GetHistory_ANodeRuns_HasAPointForEachSecond()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var node = await NodeBed.StartAsync(silo, "gw-1");
        node.Record(12);
        var first = await silo.SnapshotAsync(s => s.Counters.Requests == 12);
        var last = await silo.SnapshotAsync(s => s.Tick >= first.Tick + 4);
        var points = (await silo.Series.GetHistoryAsync(new HistoryQuery(Scope.Cluster, first.Tick - 1, last.Tick, 1, 100, false))).Points;
        Assert.Equal(Enumerable.Range(0, (int)(last.Tick - first.Tick) + 1).Select(i => first.Tick + i), points.Select(p => p.Tick));
        Assert.All(points, point => Assert.Equal(12, point.Counters.Requests));
    }

    [Fact]
    public async Task Restart_AGracefulOne_KeepsTotalsHistoryAndRaisesTheGeneration()
    {
        await using var silo = await SiloBed.StartAsync();
        Snapshot before;
        await using (var node = await NodeBed.StartAsync(silo, "gw-1"))
        {
            node.Record(40);
            before = await silo.SnapshotAsync(s => s.Counters.Requests == 40);
        }

        await silo.RestartAsync();
        var after = await silo.SnapshotAsync(_ => true);
        Assert.Equal(before.Counters, after.Counters);
        Assert.Equal(40, after.Durations.Count);
        Assert.True(after.Generation > before.Generation && after.Tick > before.Tick);
        var points = (await silo.Series.GetHistoryAsync(new HistoryQuery(Scope.Cluster, before.Tick - 1, before.Tick, 1, 10, false))).Points;
        Assert.Equal(before.Counters, Assert.Single(points).Counters);

        // And goes on from there.
        await using var again = await NodeBed.StartAsync(silo, "gw-1");
        again.Record(2);
        Assert.Equal(42, (await silo.SnapshotAsync(s => s.Counters.Requests > 40)).Counters.Requests);
    }

    private static IAsyncStream<Snapshot> Stream(SiloBed silo, Scope scope) =>
        silo.Client.GetStreamProvider(SnapshotStreams.Provider).GetStream<Snapshot>(StreamId.Create(SnapshotStreams.Namespace, scope.Key));

    /// <summary>Subscribes to a scope's stream; what comes gives all that it has brought so far.</summary>
    private static async Task<Func<IReadOnlyList<Snapshot>>> SubscribeAsync(SiloBed silo, Scope scope)
    {
        var streamed = new ConcurrentQueue<Snapshot>();
        await Stream(silo, scope).SubscribeAsync((snapshot, _) =>
        {
            streamed.Enqueue(snapshot);
            return Task.CompletedTask;
        });
        return () => [.. streamed];
    }
}
