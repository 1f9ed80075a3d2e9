using CsCheck;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class HistoryTests
{
    // A multiple of 3,600: steps and blocks begin where it says.
    private const long T = 1_699_999_200;

    private readonly History _history = new();

    [Fact]
    public void Merge_TheSameTickAgain_RaisesItsCountsAndTakesItsGauge()
    {
        _history.Merge(new HistoryPoint(T, Make.Counters(5), 9));
        _history.Merge(new HistoryPoint(T, Make.Counters(4), 2));
        Assert.Equal([new HistoryPoint(T, Make.Counters(5), 2)], All());
    }

    [Fact]
    public void Merge_MoreThanAnHour_KeepsTheLastHour()
    {
        Fill(1, 4_000);
        Assert.Equal(Enumerable.Range(401, 3_600).Select(i => T + i), All().Select(point => point.Tick));
        _history.Merge(new HistoryPoint(T + 400, Make.Counters(1), 0));
        Assert.Equal(3_600, All().Count);
    }

    [Fact]
    public void Merge_AfterAGapOfHours_ForgetsWhatIsOlder()
    {
        Fill(1, 100);
        _history.Merge(new HistoryPoint(T + 10_000, Make.Counters(101), 0));
        Assert.Equal([T + 10_000], All().Select(point => point.Tick));
    }

    [Fact]
    public void Range_ASpan_ExcludesItsBeginAndIncludesItsEnd()
    {
        Fill(1, 10);
        Assert.Equal([T + 4, T + 5, T + 6], _history.Range(T + 3, T + 6, 1, 100).Select(point => point.Tick));
    }

    [Fact]
    public void Range_AStep_TakesTheLastPointOfEachStepThatEndsAtAMultiple()
    {
        Fill(1, 22);
        Assert.Equal([T + 10, T + 20, T + 22], _history.Range(0, long.MaxValue, 10, 100).Select(point => point.Tick));
        Assert.Equal([10, 20, 22], _history.Range(0, long.MaxValue, 10, 100).Select(point => point.Counters.Successes));
    }

    [Fact]
    public void Range_AStepWhoseEndIsMissing_TakesTheLastPointInIt()
    {
        Fill(1, 8);
        Fill(13, 20);
        Assert.Equal([T + 8, T + 20], _history.Range(0, long.MaxValue, 10, 100).Select(point => point.Tick));
        Assert.Equal([T + 5, T + 8, T + 15, T + 20], _history.Range(0, long.MaxValue, 5, 100).Select(point => point.Tick));
    }

    [Fact]
    public void Range_MorePointsThanWanted_GivesTheNewest()
    {
        Fill(1, 10);
        Assert.Equal([T + 9, T + 10], _history.Range(0, long.MaxValue, 1, 2).Select(point => point.Tick));
    }

    [Fact]
    public void Range_NoPoints_IsEmpty()
    {
        Assert.Empty(_history.Range(-3_600, 0, 1, 100));
        Assert.Empty(_history.Range(T - 3_600, T, 0, 720));
    }

    [Fact]
    public void Range_StepZeroOverAFullHour_SpansAllOfIt()
    {
        Fill(1, 3_600);
        var points = _history.Range(T, T + 3_600, 0, 720);
        Assert.Equal(Enumerable.Range(1, 720).Select(i => T + (5 * i)), points.Select(point => point.Tick));
    }

    [Fact]
    public void Range_StepZero_FitsAndIsNoCoarserThanItMustBe() =>
        Gen.Select(Gen.Int[1, 3_600].Array[1, 60], Gen.Int[2, 20]).Sample((ticks, pointsMax) =>
        {
            var history = new History();
            foreach (var tick in ticks)
                history.Merge(new HistoryPoint(T + tick, Make.Counters(tick), 0));

            var points = history.Range(T, T + 3_600, 0, pointsMax).Select(point => point.Tick - T).ToList();
            var step = (ticks.Max() - ticks.Min() + pointsMax) / pointsMax;
            Assert.InRange(points.Count, 1, pointsMax);
            Assert.All(points, tick => Assert.Contains((int)tick, ticks));

            // Each second is at most a step from its point; where one point too many was left out, it is the oldest.
            Assert.InRange(points[0], ticks.Min(), ticks.Min() + (2 * step));
            Assert.All(ticks.Where(tick => tick > points[0]), tick => Assert.Contains(points, point => point >= tick && point < tick + step));
        });

    [Fact]
    public void Range_AnyStep_EndsWithTheNewestTickAndIsAscending() =>
        Gen.Select(Gen.Int[1, 3_600].Array[1, 60], Gen.Int[0, 600], Gen.Int[1, 720]).Sample((ticks, step, pointsMax) =>
        {
            var history = new History();
            foreach (var tick in ticks)
                history.Merge(new HistoryPoint(T + tick, Make.Counters(tick), 0));
            var points = history.Range(T, T + 3_600, step, pointsMax);
            Assert.Equal(T + ticks.Max(), points[^1].Tick);
            Assert.InRange(points.Count, 1, pointsMax);
            Assert.All(points.Zip(points.Skip(1)), pair => Assert.True(pair.First.Tick < pair.Second.Tick));
        });

    [Fact]
    public void Sealable_MinutesThatNoLateTickReaches_ComeOnce()
    {
        Fill(1, TickWindow.LengthMax + 130);
        var blocks = _history.Sealable().ToList();
        Assert.Equal([History.BlockOf(T + 1), History.BlockOf(T + 61)], blocks.Select(block => block.Block));
        Assert.Equal(Enumerable.Range(1, 60).Select(i => T + i), blocks[0].Points.Select(point => point.Tick));

        _history.Sealed(blocks[0].Block);
        Assert.Equal(blocks[1].Block, Assert.Single(_history.Sealable()).Block);
        Assert.Equal(T + 61, _history.Unsealed()[0].Tick);
        _history.Sealed(blocks[1].Block);
        Assert.Empty(_history.Sealable());
        Assert.Equal(TickWindow.LengthMax + 10, _history.Unsealed().Count);
    }

    [Fact]
    public void Sealable_MinutesWithoutPoints_AreLeftOut()
    {
        Fill(1, 60);
        Fill(601, 600 + TickWindow.LengthMax + 61);
        Assert.Equal([History.BlockOf(T + 1), History.BlockOf(T + 601)], _history.Sealable().Select(block => block.Block));
    }

    [Fact]
    public void Restore_SealedMinutes_AreNotSealedAgain()
    {
        Fill(1, 400);
        var restored = new History();
        foreach (var (block, points) in _history.Sealable().ToList())
        {
            restored.Restore(block, points);
            _history.Sealed(block);
        }

        foreach (var point in _history.Unsealed())
            restored.Merge(point);
        Assert.Equal(All(), restored.Range(0, long.MaxValue, 1, 4_000));
        Assert.Empty(restored.Sealable());
        Assert.Equal(_history.NextBlock, restored.NextBlock);
    }

    private void Fill(int from, int to)
    {
        for (var i = from; i <= to; i++)
            _history.Merge(new HistoryPoint(T + i, Make.Counters(i), 0));
    }

    private List<HistoryPoint> All() => _history.Range(0, long.MaxValue, 1, 4_000);
}
