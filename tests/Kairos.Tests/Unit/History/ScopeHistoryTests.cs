using CsCheck;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class ScopeHistoryTests
{
    // A whole hour: minutes, steps and blocks begin here.
    private const long T = 1_699_999_200;

    // So many seconds back late counts still reach.
    private const long Late = TickWindow.LengthMax;

    [Fact]
    public void SealNext_AMinuteThatLateCountsCanReach_StaysOpen()
    {
        var history = New();
        Fill(history, 1, 60);
        Assert.Empty(history.SealNext(T + 60 + Late));
        var block = Assert.Single(history.SealNext(T + 60 + Late + 1));
        Assert.Equal((0, T / 60), (block.Tier, block.Block));
        Assert.Equal(T + 60, history.SealedTo);
        var (before, points) = PointBlock.Unpack(block.Packed);
        Assert.Equal(default, before);
        Assert.Equal(Enumerable.Range(1, 60).Select(i => T + i), points.Select(point => point.Tick));
        Assert.Empty(history.OpenPoints(T + 60));
    }

    [Fact]
    public void SealNext_AnHourOfARoute_CompletesBlocksOfEveryTier()
    {
        var history = New(ScopeKind.Route);
        Fill(history, 1, 3_600);
        var blocks = SealAll(history, T + 10_000);
        Assert.Equal([(0, 60), (1, 6), (2, 1)], blocks.GroupBy(b => b.Tier).Select(tier => (tier.Key, tier.Count())));
        var (before, points) = PointBlock.Unpack(blocks.Last(b => b.Tier == 1).Packed);
        Assert.Equal((Make.Counters(3_000), 60), (before, points.Count));
        Assert.Equal(new Point(T + 3_010, 10, Make.Counters(10), new Gauges(10), null), points[0] with { Durations = null });
        Assert.Equal(10, points[0].Durations![700]);
        (_, points) = PointBlock.Unpack(blocks.Last(b => b.Tier == 2).Packed);
        Assert.Equal((Make.Counters(60), 60), (points[59].Added, points.Count));
    }

    [Fact]
    public void Add_ALateCount_LandsInItsOwnSecondAndInASealedOneInTheOldestOpen()
    {
        var history = New();
        Fill(history, 1, 300);
        history.Add(T + 100, Make.Counters(7), null);
        SealAll(history, T + 300);
        Assert.Equal(T + 60, history.SealedTo);
        history.Add(T + 3, Make.Counters(40), null);
        Assert.Equal((Make.Counters(41), Make.Counters(8)), (At(history, 61).Added, At(history, 100).Added));
        Assert.Equal(Make.Counters(347), history.Total);
    }

    [Fact]
    public void SealNext_AfterAGapOfDays_GoesOnWhereSomethingIsAgain()
    {
        var history = New();
        Fill(history, 1, 90);
        SealAll(history, T + 90 + Late + 1);
        Fill(history, 300_001, 300_070);
        var blocks = SealAll(history, T + 300_000 + 600);
        Assert.Equal(T + 300_360, history.SealedTo);

        // What the gap cut short is complete as it is.
        Assert.Equal([0, 0, 1, 2, 0], blocks.Select(b => b.Tier));
        Assert.Equal((Make.Counters(150), 10), (PointBlock.Unpack(blocks[^1].Packed).Before, PointBlock.Unpack(blocks[^1].Packed).Points.Count));
        Assert.Equal(Make.Counters(160), history.Total);
    }

    [Fact]
    public void SealNext_BeforeHistoryIsBack_SealsNothing()
    {
        var history = new ScopeHistory(ScopeKind.Cluster, Make.Counters(5), T + 60, 0, _ => false);
        Fill(history, 61, 120);
        Assert.Empty(history.SealNext(T + 1_000));
        history.RestoreOpen([new Point(T + 62, 1, Make.Counters(3), default, null), new Point(T + 59, 1, Make.Counters(2), default, null)]);
        history.Restored([[], [new Point(T + 60, 5, Make.Counters(2), default, null)], []]);
        Assert.Equal(Make.Counters(65), history.Total);
        var (before, points) = PointBlock.Unpack(Assert.Single(history.SealNext(T + 1_000)).Packed);
        Assert.Equal((Make.Counters(2), Make.Counters(4)), (before, points[1].Added));
        (before, points) = PointBlock.Unpack(history.Unsealed(1, T + 120, withDurations: true).Incomplete!);
        Assert.Equal((default, Make.Counters(2)), (before, points[0].Added));
    }

    [Fact]
    public void Add_MoreThanAnHourBeforeHistoryIsBack_KeepsAnHourOfSecondsAndEveryCount()
    {
        var history = new ScopeHistory(ScopeKind.Cluster, default, T, T, _ => false);
        Fill(history, 1, 3_700);
        var points = history.OpenPoints(T + 3_700).ToList();
        Assert.Equal((3_600, T + 101, Make.Counters(101)), (points.Count, points[0].Tick, points[0].Added));
        Assert.All(points.Skip(1), point => Assert.Equal(Make.Counters(1), point.Added));
        Assert.Equal((Make.Counters(3_700), 3_700), (history.Total, history.Between(T, T + 3_700).Durations[700]));
    }

    [Fact]
    public void RestoreOpen_MoreThanAnHourLate_KeepsEveryCount()
    {
        var history = new ScopeHistory(ScopeKind.Cluster, Make.Counters(5), T, 0, _ => false);
        Fill(history, 11, 3_610);
        history.RestoreOpen([new Point(T + 9, 1, Make.Counters(3), default, Make.Sketch((700, 3))), new Point(T + 10, 1, Make.Counters(2), default, Make.Sketch((700, 2)))]);
        Assert.Equal((Make.Counters(6), 6), (At(history, 11).Added, At(history, 11).Durations![700]));
    }

    [Fact]
    public void OpenPoints_SecondsWithoutCounts_ArePointsWhereANodeRan()
    {
        var history = new ScopeHistory(ScopeKind.Route, default, T, T + 3, tick => tick is T + 4 or T + 2);
        history.Restored([]);
        history.Add(T + 3, Make.Counters(1), null);
        Assert.Equal([T + 3, T + 4], history.OpenPoints(T + 9).Select(point => point.Tick));
    }

    [Fact]
    public void Compact_SecondsOfAMinuteAgo_CountAndAreReadAsBefore()
    {
        var history = New();
        Fill(history, 1, 200);
        history.Compact(T + 200);
        history.Add(T + 100, Make.Counters(2), Make.Sketch((700, 1), (800, 1)));
        history.Compact(T + 200);
        Assert.Equal((Make.Counters(3), 2, 1), (At(history, 100).Added, At(history, 100).Durations![700], At(history, 100).Durations![800]));
        Assert.Equal(201, history.Between(T, T + 200).Durations[700]);
        Assert.All(history.Unsealed(0, T + 200, withDurations: true).Open, point => Assert.True(point.Durations![700] >= 1));
        Assert.All(history.Unsealed(0, T + 200, withDurations: false).Open, point => Assert.Null(point.Durations));
    }

    [Fact]
    public void SealNext_AnIdleRouteWhileNodesRun_HasPointsWithoutRequests()
    {
        // Nodes run from second 10 to 400 and from 1,000 on; the route had its only requests in second 30.
        var history = new ScopeHistory(ScopeKind.Route, default, T, T + 30, tick => tick is > T + 9 and <= T + 400 or > T + 999);
        history.Restored([]);
        history.Add(T + 30, Make.Counters(5), null);
        var points = SealAll(history, T + 1_500).Where(block => block.Tier == 0).SelectMany(block => PointBlock.Unpack(block.Packed).Points).ToList();
        Assert.Equal(Enumerable.Range(30, 371).Concat(Enumerable.Range(1_000, 261)).Select(i => T + i), points.Select(point => point.Tick));
        Assert.Equal((T + 1_260, T + 1_261), (history.SealedTo, history.OpenPoints(T + 1_500).First().Tick));
    }

    [Fact]
    public void SealNext_AnyCountsInAnyOrder_AreInEveryTierOnce() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 400], Gen.Int[1, 9]).Array[1, 150].Sample(steps =>
        {
            var (history, now, counted) = (New(ScopeKind.Route), T, 0L);
            var blocks = new List<SealedBlock>();
            foreach (var (act, size, count) in steps)
            {
                if (act == 0)
                    now += size * 10;
                else if (act == 1)
                    blocks.AddRange(history.SealNext(now));
                else
                {
                    history.Add(now - size + 200, Make.Counters(count), Make.Sketch((700, count)));
                    counted += count;
                }
            }

            blocks.AddRange(SealAll(history, now + 1_000));
            Assert.Equal(Make.Counters(counted), history.Total);
            for (var tier = 0; tier < 3; tier++)
            {
                var sum = default(RequestCounters);
                foreach (var block in blocks.Where(b => b.Tier == tier))
                {
                    var (before, points) = PointBlock.Unpack(block.Packed);
                    Assert.Equal(sum, before);
                    sum = points.Aggregate(sum, (total, point) => total + point.Added);
                }

                var unsealed = history.Unsealed(tier, now + 1_000, withDurations: true);
                var (unsealedBefore, incomplete) = unsealed.Incomplete is { } packed ? PointBlock.Unpack(packed) : (sum, []);
                Assert.Equal(sum, unsealedBefore);
                Assert.Equal(unsealed.Before, incomplete.Aggregate(sum, (total, point) => total + point.Added));
                Assert.Equal(Make.Counters(counted), unsealed.Open.Aggregate(unsealed.Before, (total, point) => total + point.Added));
            }
        });

    private static ScopeHistory New(ScopeKind kind = ScopeKind.Cluster)
    {
        var history = new ScopeHistory(kind, default, T, T, _ => false);
        history.Restored([]);
        return history;
    }

    private static void Fill(ScopeHistory history, int from, int to)
    {
        for (var i = from; i <= to; i++)
        {
            history.Add(T + i, Make.Counters(1), Make.Sketch((700, 1)));
            history.Note(T + i, new Gauges(i % 100));
        }
    }

    private static List<SealedBlock> SealAll(ScopeHistory history, long newestTick)
    {
        var (blocks, sealedTo) = (new List<SealedBlock>(), -1L);
        while (history.SealedTo > sealedTo)
        {
            sealedTo = history.SealedTo;
            blocks.AddRange(history.SealNext(newestTick));
        }

        return blocks;
    }

    private static Point At(ScopeHistory history, int second) => history.OpenPoints(T + 1_000).Single(point => point.Tick == T + second);
}
