using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class RollupTests : IDisposable
{
    private const long T = Make.Tick;

    private static readonly Scope Route = new(ScopeKind.Route, Make.Key.Route);
    private static readonly Scope Node = new(ScopeKind.Node, "gw-1");

    private readonly Measurements _measured = new();
    private readonly GrainInstruments _instruments;
    private readonly Rollup _rollup;

    public RollupTests()
    {
        _instruments = new GrainInstruments(_measured);
        _rollup = New(2);
    }

    [Fact]
    public void Advance_TicksOfTwoShards_AreSummedInEveryScope()
    {
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T, 5, inFlight: 1)));
        _rollup.Stage(1, Make.Answer(new ShardTick(T, [new TickNode("gw-9", new Gauges(3))], Make.Parts(Make.Key with { Destination = "2" }, "gw-9", 7))));
        _rollup.Advance(T);
        Assert.Equal((1, T, Make.Counters(12), new Gauges(4, Gateways: 2), 12), Now(Scope.Cluster));
        Assert.Equal((1, T, Make.Counters(12), default(Gauges), 12), Now(Route));
        Assert.Equal((1, T, Make.Counters(5), new Gauges(1, Gateways: 1), 5), Now(Node));
        Assert.Equal((1, T, Make.Counters(7), default(Gauges), 7), Now(Scope.OfDestination("shop", "2")));
        Assert.Equal(6, _rollup.Scopes.All.Count);
    }

    [Fact]
    public void Advance_AShardWithoutThisTick_CountsWithItsLastValuesForFourTicks()
    {
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T, 5, inFlight: 1)));
        _rollup.Stage(1, Make.Answer(new ShardTick(T, [new TickNode("gw-9", new Gauges(3))], [])));
        _rollup.Advance(T);
        for (var i = 1; i <= 5; i++)
        {
            _rollup.Stage(0, Make.Answer(Make.ShardTick(T + i, 1, inFlight: 2)));
            _rollup.Advance(T + i);
            Assert.Equal(new Gauges(i < 5 ? 5 : 2, Gateways: 1), _rollup.Cluster.Gauges);
        }

        Assert.Equal(Make.Counters(10), _rollup.Total);
    }

    [Fact]
    public void Advance_ANodeThatReportsNoMore_HasNoGaugesAnyMore()
    {
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T, 5, inFlight: 1)));
        _rollup.Advance(T);
        _rollup.Stage(0, Make.Answer() with { Next = new ShardCursor(Guid.Empty, 2, T + 1, 0) });
        _rollup.Advance(T + 1);
        Assert.Equal((default(Gauges), default(Gauges)), (_rollup.Cluster.Gauges, _rollup.Scopes.Find(Node)!.Gauges));
        Assert.Equal(Make.Counters(5), _rollup.Scopes.Find(Node)!.History.Total);
    }

    [Fact]
    public void Advance_LateGaugesOfLiveNodes_CountInTheirTick()
    {
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T, 5, inFlight: 1)) with { Late = new Gauges(6) });
        _rollup.Advance(T);
        Assert.Equal(7, _rollup.Cluster.Gauges.InFlight);
    }

    [Fact]
    public void Advance_InFlightByRouteAndDestination_AreTheirGauges()
    {
        SeriesInFlight[] inFlight = [new(new SeriesKey("orders", "", ""), 3), new(new SeriesKey("", "shop", "1"), 2)];
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T, 5)) with { InFlight = inFlight });
        _rollup.Stage(1, Make.Answer() with { InFlight = inFlight });
        _rollup.Advance(T);
        Assert.Equal((6, 4), (_rollup.Scopes.Find(Route)!.Gauges.InFlight, _rollup.Scopes.Find(Scope.OfDestination("shop", "1"))!.Gauges.InFlight));
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T + 1, 5)));
        _rollup.Stage(1, Make.Answer());
        _rollup.Advance(T + 1);
        Assert.Equal(0, _rollup.Scopes.Find(Route)!.Gauges.InFlight);
    }

    [Fact]
    public void Advance_ALateTick_RaisesHistoryInItsOwnSecondAndLaterOnes()
    {
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T, 5), Make.ShardTick(T + 1, 0), Make.ShardTick(T + 2, 1)));
        _rollup.Stage(1, Make.Answer(Make.ShardTick(T, 100)));
        _rollup.Advance(T + 2);
        _rollup.Stage(1, Make.Answer(Make.ShardTick(T + 1, 30), Make.ShardTick(T + 3, 1)));
        _rollup.Advance(T + 3);
        foreach (var scope in new[] { Scope.Cluster, Route })
            Assert.Equal([(T - 1, 0), (T, 105), (T + 1, 135), (T + 2, 136), (T + 3, 137)], Snapshots(scope));
        Assert.Equal([105, 30, 1, 1], Points(Scope.Cluster).Select(point => point.Durations?[700] ?? 0));
    }

    [Fact]
    public void Advance_SecondsInWhichNoNodeRan_AreMissing()
    {
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T, 5), Make.ShardTick(T + 4, 4)));
        _rollup.Advance(T + 6);
        Assert.Equal([T, T + 4], Points(Scope.Cluster).Select(point => point.Tick));
        Assert.Equal([T, T + 4], Points(Route).Select(point => point.Tick));

        // A snapshot each second with a node, one of now, and one of before.
        Assert.Equal([(T - 1, 0), (T, 5), (T + 4, 9), (T + 6, 9)], Snapshots(Scope.Cluster));
    }

    [Fact]
    public void Advance_ARouteWithoutTrafficWhileNodesRun_HasItsPointsAllTheSame()
    {
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T, 5), Make.ShardTick(T + 1, 0), Make.ShardTick(T + 2, 0)));
        _rollup.Advance(T + 2);
        Assert.Equal([(T - 1, 0), (T, 5), (T + 1, 5), (T + 2, 5)], Snapshots(Route));
    }

    [Fact]
    public void Snapshots_AfterAnOutage_AreOfEachTickWithItsOwnDurations()
    {
        _rollup.Stage(0, Make.Answer([.. Enumerable.Range(0, 100).Select(i => Make.ShardTick(T + i, 1))]));
        _rollup.Advance(T + 99);
        var snapshots = _rollup.Cluster.Snapshots(1, 0, T + 99, Rollup.RecentMax);
        Assert.Equal(Enumerable.Range(39, 61).Select(i => (T + i, i + 1L, i + 1L)), snapshots.Select(s => (s.Tick, s.Counters.Successes, s.Durations[700])));
        Assert.Equal([T + 98, T + 99], _rollup.Cluster.Snapshots(1, T + 97, T + 99, Rollup.RecentMax).Select(s => s.Tick));
        Assert.Empty(_rollup.Cluster.Snapshots(1, T + 99, T + 99, Rollup.RecentMax));
    }

    [Fact]
    public void Stage_AShardBeginsAnew_CountsOnlyWhatItHasMore()
    {
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T, 5)));
        _rollup.Advance(T);
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T + 1, 2)) with { Baseline = new ShardBaseline(T, Make.Parts(Make.Key, "gw-1", 6)) });
        _rollup.Advance(T + 1);
        Assert.Equal((Make.Counters(8), 8), (_rollup.Total, _rollup.Cluster.Durations[700]));
        Assert.Equal([(T - 1, 0), (T, 5), (T + 1, 8)], Snapshots(Route));
    }

    [Fact]
    public void Stage_AShardThatLostSomething_NeverMakesATotalFallNorCountsTwice()
    {
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T, 50)));
        _rollup.Advance(T);
        _rollup.Stage(0, Make.Answer() with { Baseline = new ShardBaseline(T, Make.Parts(Make.Key, "gw-1", 20)) });
        _rollup.Advance(T + 1);
        Assert.Equal((Make.Counters(50), Make.Counters(50)), (_rollup.Total, _rollup.Scopes.Find(Route)!.History.Total));

        // The node reports again what was lost, and one more.
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T + 2, 31)));
        _rollup.Advance(T + 2);
        Assert.Equal((Make.Counters(51), 51), (_rollup.Total, _rollup.Cluster.Durations[700]));
        Assert.Equal(Make.Counters(51), _rollup.Scopes.Find(Node)!.History.Total);
    }

    [Fact]
    public void AllReady_OnceEachShardHasBeen_StaysSo()
    {
        _rollup.Stage(0, Make.Answer() with { Ready = false });
        _rollup.Stage(1, Make.Answer());
        Assert.False(_rollup.AllReady);
        _rollup.Stage(0, Make.Answer());
        _rollup.Stage(1, Make.Answer() with { Ready = false });
        Assert.True(_rollup.AllReady);
    }

    [Fact]
    public void Rollup_FromItsHead_GoesOnWithANewGenerationWhereItWas()
    {
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T, 5)));
        _rollup.Advance(T);
        var next = New(2, Serialization.RoundTrip(_rollup.ToHead(3)));
        Assert.Equal((2, T, Make.Counters(5), T), (next.Generation, next.Tick, next.Total, next.CursorOf(0).Tick));
        Assert.Equal(Make.Counters(5), next.Scopes.Find(Route)!.History.Total);

        // What the shards have counted by then counts once; what came late, with the next tick.
        next.Stage(0, Make.Answer(Make.ShardTick(T + 1, 1)) with { Baseline = new ShardBaseline(T, Make.Parts(Make.Key, "gw-1", 7)) });
        next.Advance(T + 1);
        Assert.Equal((2, T + 1, Make.Counters(8), new Gauges(0, Gateways: 1), 8), Now(Scope.Cluster, next));
    }

    [Fact]
    public void Rollup_WithoutAHead_BeginsWithWhatShardsHaveCounted()
    {
        _rollup.Stage(0, Make.Answer(Make.ShardTick(T + 1, 1)) with { Baseline = new ShardBaseline(0, Make.Parts(Make.Key, "gw-1", 700)) });
        _rollup.Advance(T + 1);

        // No second counts 700 requests of who knows when.
        Assert.Equal(Make.Counters(701), _rollup.Total);
        Assert.Equal([Make.Counters(1)], Points(Scope.Cluster).Select(point => point.Added));
    }

    [Fact]
    public void Rollup_WithFewerShardsThanItsHead_StillCountsThoseOfBefore()
    {
        var fewer = New(1, New(2).ToHead(0));
        Assert.Equal(2, fewer.ShardCount);
        fewer.Stage(1, Make.Answer(Make.ShardTick(T, 5)));
        fewer.Advance(T);
        Assert.Equal(Make.Counters(5), fewer.Total);
    }

    public void Dispose() => _measured.Dispose();

    private Rollup New(int shards, RollupHead? head = null) => new(shards, head, _instruments);

    private (long, long, RequestCounters, Gauges, long) Now(Scope scope, Rollup? of = null)
    {
        var rollup = of ?? _rollup;
        var snapshot = rollup.Scopes.Find(scope)!.ToSnapshot(rollup.Generation, rollup.Tick);
        return (snapshot.Generation, snapshot.Tick, snapshot.Counters, snapshot.Gauges, snapshot.Durations.Count);
    }

    private List<(long Tick, long Successes)> Snapshots(Scope scope) =>
        [.. _rollup.Scopes.Find(scope)!.Snapshots(1, 0, _rollup.Tick, Rollup.RecentMax).Select(s => (s.Tick, s.Counters.Successes))];

    private List<Point> Points(Scope scope) => [.. _rollup.Scopes.Find(scope)!.History.OpenPoints(_rollup.Tick)];
}
