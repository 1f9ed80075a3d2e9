using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>What grain calls, streams and storage carry comes back as it was.</summary>
public sealed class WireTests
{
    private static readonly Guid Incarnation = new("0f8fad5b-d9cb-469f-a165-70867728950e");

    private static readonly RequestCounters Every = new(1, 2, 3, 4, 5, 6, 7, 8) { BytesReceived = 9, BytesSent = 10, ConnectErrors = 11, TimeoutErrors = 12, ResetErrors = 13 };

    [Fact]
    public void RequestCounters_RoundTrip_KeepsEveryField() => Assert.Equal(Every, Serialization.RoundTrip(Every));

    [Fact]
    public void Sketch_RoundTrip_KeepsBucketsAndGoesOnCounting()
    {
        var sketch = Make.Sketch((0, 1), (700, long.MaxValue / 2), (SketchLayout.OverflowBucket, 3));
        var copy = Serialization.RoundTrip(sketch);
        SketchTests.AssertSame(sketch, copy);
        copy.Add(701, 4);
        Assert.Equal(4, copy[701]);
    }

    [Fact]
    public void Sketch_OfAnEarlierVersion_IsRead()
    {
        var stored = Serialization.Write(new FormerSketch { Length = 2, Buckets = [3, 700, 0, 0], Counts = [1, 5, 0, 0] });
        SketchTests.AssertSame(Make.Sketch((3, 1), (700, 5)), Serialization.Read<Sketch>(stored));
    }

    [Fact]
    public void NodeReport_RoundTrip_KeepsEverything()
    {
        var report = new NodeReport("gw-1", Incarnation, 41, true, [Make.Report(41, 5, inFlight: 2), Make.Report(42, 0)]);
        var copy = Serialization.RoundTrip(report);
        Assert.Equal(report with { Ticks = copy.Ticks }, copy);
        Assert.Equal([41, 42], copy.Ticks.Select(tick => tick.Tick));
        Assert.Equal([2, 0], copy.Ticks.Select(tick => tick.Gauges.InFlight));
        var series = Assert.Single(copy.Ticks[0].Series);
        Assert.Equal(Make.Key, series.Key);
        Assert.Equal(Make.Counters(5), series.Counters);
        SketchTests.AssertSame(Make.Sketch((700, 5)), series.Changed);
        Assert.Empty(copy.Ticks[1].Series);
    }

    [Fact]
    public void Snapshot_RoundTrip_KeepsEverything()
    {
        var snapshot = new Snapshot(3, 42, Every, new Gauges(9, 10, 11, 12, 13, 14), Make.Sketch((5, 6)));
        var copy = Serialization.RoundTrip(snapshot);
        Assert.Equal(snapshot with { Durations = copy.Durations }, copy);
        SketchTests.AssertSame(snapshot.Durations, copy.Durations);
    }

    [Fact]
    public void ReportAck_RoundTrip_KeepsTheClosedSeries()
    {
        var ack = new ReportAck(ReportOutcome.Closed, 7, [new ClosedSeries(Make.Key, Make.Counters(5, 1))]);
        var copy = Serialization.RoundTrip(ack);
        Assert.Equal((ack.Outcome, ack.DurableTick), (copy.Outcome, copy.DurableTick));
        Assert.Equal(ack.ClosedAt, copy.ClosedAt);
    }

    [Fact]
    public void NodeStatus_FromAndToASiloThatDoesNotTellGoodbyes_IsRead()
    {
        var status = new NodeStatus("gw-1", NodeState.Gone, 1, 2, 3, 4, 5, SaidGoodbye: true);
        Assert.Equal(status, Serialization.RoundTrip(status));
        var former = Serialization.Read<FormerNodeStatus>(Serialization.Write(status));
        Assert.Equal(new FormerNodeStatus("gw-1", NodeState.Gone, 1, 2, 3, 4, 5), former);
        Assert.Equal(status with { SaidGoodbye = false }, Serialization.Read<NodeStatus>(Serialization.Write(former)));
    }

    [Fact]
    public void ShardTicks_RoundTrip_KeepsCursorAndTicks()
    {
        var ticks = new ShardTicks(
            true, 41, new ShardCursor(Incarnation, 12, 42, 40), new ShardBaseline(41, Make.Parts(Make.Key, "gw-1", 9)), [Make.ShardTick(42, 3, inFlight: 1, nodes: 2)])
        {
            Late = new Gauges(7),
            InFlight = [new SeriesInFlight(Make.Key, 4)],
        };
        var copy = Serialization.RoundTrip(ticks);
        Assert.Equal(ticks with { Baseline = copy.Baseline, Ticks = copy.Ticks, InFlight = copy.InFlight }, copy);
        Assert.Equal((41, Make.Counters(9)), (copy.Baseline!.Tick, Shown.SumOf(copy.Baseline.Parts).Counters));
        Assert.Equal(ticks.InFlight, copy.InFlight);
        var tick = Assert.Single(copy.Ticks);
        Assert.Equal((42, Make.Counters(3), 3), (tick.Tick, Shown.SumOf(tick.Added).Counters, tick.Added[0].Counts.Durations[700]));
        Assert.Equal(ticks.Ticks[0].Nodes, tick.Nodes);
    }

    [Fact]
    public void ShardBase_RoundTrip_GoesOnAsTheSameShard()
    {
        var state = new ShardState(null, Make.Cluster);
        var now = Make.Milliseconds(Make.Tick);
        for (var tick = Make.Tick - TickWindow.LengthMax - 5; tick <= Make.Tick; tick++)
            state.Merge(Make.Node("gw-1", Incarnation, tick - 1, Make.Report(tick, tick - Make.Tick + 1_000, inFlight: 2)), now);

        var copy = new ShardState(Serialization.RoundTrip(state.ToBase(now).Base), Make.Cluster);
        Assert.Equal(state.Total, copy.Total);
        Assert.Equal(state.LastMergeAt, copy.LastMergeAt);
        Assert.Equal(state.Watermark(now), copy.Watermark(now));
        Assert.Equal(state.All(now).Select(t => (t.Tick, t.Counters, t.InFlight, t.Nodes)), copy.All(now).Select(t => (t.Tick, t.Counters, t.InFlight, t.Nodes)));
        SketchTests.AssertSame(state.Durations(now), copy.Durations(now));

        copy.Merge(Make.Node("gw-1", Incarnation, Make.Tick, Make.Report(Make.Tick, 1_000), Make.Report(Make.Tick + 1, 1_004)), now);
        Assert.Equal(Make.Counters(1_004), copy.Total);
    }

    [Fact]
    public void RollupHead_RoundTrip_KeepsTheScopes()
    {
        var head = new RollupHead(4, 42, 16, 7, [new StoredScope(new Scope(ScopeKind.Route, "orders"), Every, 40, 41)]) { HeardTicks = [42, 39] };
        var copy = Serialization.RoundTrip(head);
        Assert.Equal(head with { Scopes = copy.Scopes, HeardTicks = copy.HeardTicks }, copy);
        Assert.Equal(head.Scopes, copy.Scopes);
        Assert.Equal(head.HeardTicks, copy.HeardTicks);
    }

    [Fact]
    public void History_RoundTrip_KeepsEverything()
    {
        var query = new HistoryQuery(new Scope(ScopeKind.Node, "gw-1"), 1, 2, 3, 4, true);
        Assert.Equal(query, Serialization.RoundTrip(query));
        var range = new HistoryRange(10, [new HistoryPoint(42, 9, Every, Make.Counters(3), new Gauges(1, 2, 3, 4, 5, 6), Make.Sketch((5, 6)))]);
        var copy = Serialization.RoundTrip(range);
        var (point, was) = (Assert.Single(copy.Points), range.Points[0]);
        Assert.Equal((10, was with { Packed = null }), (copy.StepSeconds, point with { Packed = null }));
        SketchTests.AssertSame(was.Durations!, point.Durations!);
    }

    [Fact]
    public void SecondsRange_RoundTrip_KeepsEverything()
    {
        var range = new SecondsRange(41, 43, 44, [new HistoryPoint(42, 1, Every, Make.Counters(3), new Gauges(1, 2, 3, 4, 5, 6), Make.Sketch((5, 6)))]);
        var copy = Serialization.RoundTrip(range);
        var (point, was) = (Assert.Single(copy.Points), range.Points[0]);
        Assert.Equal((41, 43, 44, was with { Packed = null }), (copy.AfterTick, copy.ToTick, copy.AsOfTick, point with { Packed = null }));
        SketchTests.AssertSame(was.Durations!, point.Durations!);
    }

    [Fact]
    public void TopRanking_RoundTrip_KeepsEverything()
    {
        var query = new TopQuery(ScopeKind.Route, "response_time_p99", 5, 10, 2);
        Assert.Equal(query, Serialization.RoundTrip(query));
        var copy = Serialization.RoundTrip(new TopRanking(42, [new TopRow("orders", 1.5, [2, double.NaN])]));
        Assert.Equal((42, "orders", 1.5), (copy.Tick, copy.Rows[0].Name, copy.Rows[0].Value));
        Assert.Equal([2, double.NaN], copy.Rows[0].Values);
    }

    [Fact]
    public void SessionState_RoundTrip_KeepsTheSubscription()
    {
        var subscription = new Subscription(["requests_total", "success_rate"], 5) { Scope = new Scope(ScopeKind.Route, "orders") };
        var state = new SessionState("0123456789abcdef", 3, Incarnation, "gw-1", true, 42, new SessionProgress(subscription, 43, 44, 45));
        var copy = Serialization.RoundTrip(state);
        Assert.Equal(subscription.Metrics, copy.Progress.Subscription.Metrics);
        Assert.Equal(state with { Progress = copy.Progress }, copy);
        Assert.Equal(state.Progress with { Subscription = copy.Progress.Subscription }, copy.Progress);
        Assert.Equal((subscription.IntervalSeconds, subscription.Scope), (copy.Progress.Subscription.IntervalSeconds, copy.Progress.Subscription.Scope));
    }

    /// <summary>As contracts up to version 3 had it: arrays that may be longer.</summary>
    [GenerateSerializer]
    internal sealed class FormerSketch
    {
        [Id(0)] public int Length;
        [Id(1)] public ushort[] Buckets = [];
        [Id(2)] public long[] Counts = [];
    }

    [GenerateSerializer]
    internal sealed record FormerNodeStatus(
        [property: Id(0)] string Node,
        [property: Id(1)] NodeState State,
        [property: Id(2)] long StartedAt,
        [property: Id(3)] long LastReportAt,
        [property: Id(4)] long ClosedTick,
        [property: Id(5)] int InFlight,
        [property: Id(6)] long ClockOffsetSeconds);
}
