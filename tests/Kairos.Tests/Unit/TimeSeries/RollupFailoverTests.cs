using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>A roll-up that goes on where another was; what that had not heard, the shards tell.</summary>
public sealed class RollupFailoverTests : IDisposable
{
    private const long T = Make.Tick;

    private readonly Measurements _measured = new();
    private readonly GrainInstruments _instruments;
    private readonly Rollup _former;

    public RollupFailoverTests()
    {
        _instruments = new GrainInstruments(_measured);
        _former = New();
        _former.Stage(0, Make.Answer(Make.ShardTick(T, 5)));
        _former.Stage(1, Make.Answer(Make.ShardTick(T, 2)));
        _former.Advance(T);
    }

    [Fact]
    public void Rollup_FromAHeadOfATickInWhichAShardWasNotReached_AsksThatShardForTheTick()
    {
        _former.Stage(0, Make.Answer(Make.ShardTick(T + 1, 1)));
        _former.Advance(T + 1);
        var next = New(Serialization.RoundTrip(_former.ToHead(0)));
        Assert.Equal((T + 1, T), (next.CursorOf(0).Tick, next.CursorOf(1).Tick));

        next.Stage(0, Make.Answer(Make.ShardTick(T + 2, 1)) with { Baseline = new ShardBaseline(T + 1, Make.Parts(Make.Key, "gw-1", 6)) });
        next.Stage(1, Make.Answer(Make.ShardTick(T + 1, 30), Make.ShardTick(T + 2, 1)) with { Baseline = new ShardBaseline(T, Make.Parts(Make.Key, "gw-2", 2)) });
        next.Advance(T + 2);
        Assert.Equal(Make.Counters(40), next.Total);
        Assert.Equal([(T + 1, 30, 30), (T + 2, 2, 2)], Points(next).Select(point => (point.Tick, point.Added.Successes, point.Durations![700])));
    }

    [Fact]
    public void Rollup_FromAHeadOfAnEarlierVersion_TakesAllShardsForHeard() =>
        Assert.Equal(T, New(_former.ToHead(0) with { HeardTicks = null }).CursorOf(1).Tick);

    [Fact]
    public void Rollup_FromAHeadWithAnswersStillToBeRolledUp_AsksForThemAgain()
    {
        _former.Advance(T + 1);
        _former.Stage(0, Make.Answer(Make.ShardTick(T + 1, 1)));
        Assert.Equal(T, New(_former.ToHead(0)).CursorOf(0).Tick);
    }

    [Fact]
    public void Stage_TicksOfTheBaselineWithoutCounts_ArePointsAndCountNothing()
    {
        var next = New(_former.ToHead(0));
        next.Stage(0, Make.Answer(Make.ShardTick(T - 1, 0), Make.ShardTick(T, 0)) with { Baseline = new ShardBaseline(T, Make.Parts(Make.Key, "gw-1", 7)) });
        next.Advance(T + 1);
        Assert.Equal(Make.Counters(7), next.Total);
        foreach (var scope in new[] { Scope.Cluster, new Scope(ScopeKind.Route, Make.Key.Route), new Scope(ScopeKind.Node, "gw-1") })
            Assert.Equal([T - 1, T], next.Scopes.Find(scope)!.History.OpenPoints(T + 1).Select(point => point.Tick));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stage_OneShardTellsOfASecondThatStorageHasOfTwo_KeepsTheGaugesOfBoth(bool isRestoredFirst)
    {
        var next = New(_former.ToHead(0));
        Point[] stored = [new Point(T, 1, Make.Counters(7), default, null), new Point(T, 1, default, new Gauges(9, Gateways: 2), null)];
        if (isRestoredFirst)
            next.RestoreOpen(Scope.Cluster, stored);
        next.Stage(0, Make.Answer(Make.ShardTick(T, 0, inFlight: 4)) with { Baseline = new ShardBaseline(T, Make.Parts(Make.Key, "gw-1", 7)) });
        next.Advance(T + 1);
        if (!isRestoredFirst)
            next.RestoreOpen(Scope.Cluster, stored);
        Assert.Equal(new Point(T, 1, Make.Counters(7), new Gauges(9, Gateways: 2), null), Assert.Single(Points(next)));

        // Both together may tell it anew.
        next.Stage(1, Make.Answer(new ShardTick(T, [new TickNode("gw-2", new Gauges(6))], [])));
        next.Advance(T + 2);
        Assert.Equal(new Gauges(10, Gateways: 2), Points(next)[0].Gauges);
    }

    [Fact]
    public void Stage_ALateTickAfterABaselineThatWaitsForOtherShards_CountsOnceInItsOwnSecond()
    {
        var next = New(_former.ToHead(0));
        next.Stage(0, Make.Answer() with { Baseline = new ShardBaseline(T, Make.Parts(Make.Key, "gw-1", 7)) });
        next.Stage(0, Make.Answer(Make.ShardTick(T - 1, 2)));
        next.Advance(T + 1);
        Assert.Equal((Make.Counters(9), 9), (next.Total, next.Cluster.Durations[700]));
        Assert.Equal((T - 1, 2), Points(next).Select(point => (point.Tick, point.Added.Successes)).Single());
    }

    [Fact]
    public void Save_WhatAShardHasNotToldOrToldSince_IsNotSafe()
    {
        _former.Stage(0, Make.Answer(Make.ShardTick(T + 1, 1)));
        _former.Advance(T + 1);
        _former.Save()();
        Assert.Equal((T + 1, T), (_former.CursorOf(0).SafeTick, _former.CursorOf(1).SafeTick));

        // It comes late, while the next write is under way and fails.
        _ = _former.Save();
        _former.Stage(1, Make.Answer(Make.ShardTick(T - 3, 1), Make.ShardTick(T + 2, 1)));
        _former.Advance(T + 2);
        Assert.Equal((T + 1, T - 4), (_former.CursorOf(0).SafeTick, _former.CursorOf(1).SafeTick));
        var saved = _former.Save();
        Assert.Equal(T - 4, _former.CursorOf(1).SafeTick);
        saved();
        Assert.Equal(T + 2, _former.CursorOf(1).SafeTick);
    }

    [Fact]
    public void Presence_ATickOfLongAgo_DisplacesNoLaterOne()
    {
        var presence = new Presence();
        presence.Add(T);
        presence.Add(T - Presence.Ticks);
        Assert.True(presence.Has(T));
    }

    public void Dispose() => _measured.Dispose();

    private static List<Point> Points(Rollup rollup) => [.. rollup.Cluster.History.OpenPoints(rollup.Tick)];

    private Rollup New(RollupHead? head = null) => new(2, head, _instruments);
}
