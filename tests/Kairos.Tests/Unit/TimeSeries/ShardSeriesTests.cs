using CsCheck;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class ShardSeriesTests
{
    private const long T = Make.Tick;

    private readonly ShardSeries _series = new();

    [Fact]
    public void At_BetweenTicks_HasTheCountsOfTheOneBeforeAndNoGauges()
    {
        _series.Cursor = new ShardCursor(Guid.Empty, 1, T + 9);
        _series.Merge(Make.ShardTick(T, 5, inFlight: 3, nodes: 2));
        _series.Merge(Make.ShardTick(T + 2, 8, inFlight: 4, nodes: 1));
        Assert.Equal((default, 0, 0), _series.At(T - 1));
        Assert.Equal((Make.Counters(5), 3, 2), _series.At(T));
        Assert.Equal((Make.Counters(5), 0, 0), _series.At(T + 1));
        Assert.Equal((Make.Counters(8), 0, 0), _series.At(T + 9));
        Assert.Equal(Make.Counters(8), _series.Latest);
    }

    [Fact]
    public void At_BeforeTheShardHasAnswered_KeepsItsLastGaugesForFourTicks()
    {
        _series.Merge(Make.ShardTick(T, 5, inFlight: 3));
        _series.Cursor = new ShardCursor(Guid.Empty, 1, T);
        Assert.Equal([3, 3, 0], new[] { T + 1, T + 4, T + 5 }.Select(tick => _series.At(tick).InFlight));

        // It has answered, and has nothing for the tick: its nodes are gone.
        _series.Cursor = new ShardCursor(Guid.Empty, 1, T + 1);
        Assert.Equal(0, _series.At(T + 1).InFlight);
    }

    [Fact]
    public void Merge_ALateTick_RaisesItsOwnSecondAndLaterOnes()
    {
        _series.Merge(Make.ShardTick(T, 5));
        _series.Merge(Make.ShardTick(T + 2, 8));
        _series.Merge(Make.ShardTick(T + 1, 20));
        Assert.Equal([5, 20, 20], new[] { T, T + 1, T + 2 }.Select(tick => _series.At(tick).Counters.Successes));
    }

    [Fact]
    public void Merge_ASecondFormOfATick_RaisesItAndTakesItsGauges()
    {
        _series.Merge(Make.ShardTick(T, 5, inFlight: 3, nodes: 1));
        var rise = _series.Merge(Make.ShardTick(T, 7, inFlight: 2, nodes: 2));
        Assert.Equal((Make.Counters(7), 2, 2), _series.At(T));
        SketchTests.AssertSame(Make.Sketch((700, 2)), rise);
        Assert.Equal(0, _series.Merge(Make.ShardTick(T, 7)).Count);
    }

    [Fact]
    public void Merge_AShardThatLostSomething_NeverMakesATotalFall()
    {
        _series.Merge(Make.ShardTick(T, 50));
        _series.Merge(Make.ShardTick(T + 1, 20));
        Assert.Equal(Make.Counters(50), _series.At(T + 1).Counters);
        _series.Merge(Make.ShardTick(T + 1, 51));
        Assert.Equal(Make.Counters(51), _series.Latest);
        Assert.Equal(51, _series.Durations[700]);
    }

    [Fact]
    public void Merge_AnyTicksInAnyOrder_NeverFallsInTimeNorByTick() =>
        Gen.Select(Gen.Int[0, 300], Gen.Int[0, 1_000]).Array[1, 300].Sample(merges =>
        {
            var series = new ShardSeries();
            var before = Values(series);
            foreach (var (tick, successes) in merges)
            {
                var rise = series.Merge(Make.ShardTick(T + tick, successes));
                var after = Values(series);
                Assert.All(after.Zip(after.Skip(1)), pair => Assert.True(pair.First <= pair.Second));

                // What the window has left behind reads as what was before it, never as less than it was when it left.
                Assert.True(after[^1] >= before[^1]);
                Assert.True(rise.Count >= 0);
                before = after;
            }

            Assert.Equal(merges.Max(merge => merge.Item2), series.Latest.Successes);
            Assert.Equal(merges.Max(merge => merge.Item2), series.Durations[700]);
        });

    [Fact]
    public void Merge_MoreTicksThanTheWindow_KeepsTheCountsOfTheOldestAsTheFloor()
    {
        for (var i = 0; i <= TickWindow.LengthMax; i++)
            _series.Merge(Make.ShardTick(T + i, 100 + i));
        Assert.Equal(Make.Counters(100), _series.At(T).Counters);
        Assert.Equal(Make.Counters(101), _series.At(T + 1).Counters);
        _series.Merge(Make.ShardTick(T + 1, 3));
        Assert.Equal(Make.Counters(101), _series.At(T + 1).Counters);
    }

    private static List<long> Values(ShardSeries series) =>
        [.. Enumerable.Range(0, 302).Select(tick => series.At(T + tick).Counters.Successes)];
}
