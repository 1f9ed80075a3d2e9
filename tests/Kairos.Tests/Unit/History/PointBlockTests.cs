using CsCheck;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class PointBlockTests
{
    private static readonly Gen<Point> AnyPoint =
        Gen.Select(Gen.Long[1, 4_000_000_000], Gen.Int[0, 60], Gen.Long[0, long.MaxValue / 2].Array[RequestCounters.FieldCount], Gen.Int[0, 1_000_000].Array[6], Gen.Select(Gen.Int[0, SketchLayout.OverflowBucket], Gen.Long[1, 1L << 40]).Array[0, 20])
            .Select((tick, seconds, fields, gauges, buckets) => new Point(tick, seconds, Counters(fields), new Gauges(gauges[0], gauges[1], gauges[2], gauges[3], gauges[4], gauges[5]), Sketch(buckets)));

    [Fact]
    public void Unpack_AnyPointsInAnyOrder_AreAsTheyWerePacked() => AnyPoint.Array[0, 20].Sample(points =>
    {
        var (before, copies) = PointBlock.Unpack(PointBlock.Pack(Make.Counters(7, 2), points));
        Assert.Equal(Make.Counters(7, 2), before);
        Assert.Equal(points.Select(p => p with { Durations = null }), copies.Select(p => p with { Durations = null }));
        Assert.All(points.Zip(copies), pair => SketchTests.AssertSame(pair.First.Durations ?? new Sketch(), pair.Second.Durations ?? new Sketch()));
    });

    [Fact]
    public void Unpack_WithoutDurations_PassesOverThem()
    {
        Point[] points = [new(Make.Tick, 1, Make.Counters(5), default, Make.Sketch((700, 5))), new(Make.Tick + 1, 1, Make.Counters(1), default, null)];
        Assert.Equal(points.Select(p => p with { Durations = null }), PointBlock.Unpack(PointBlock.Pack(default, points), withDurations: false).Points);
    }

    [Fact]
    public void Pack_SecondsWithoutRequests_TakeFiveBytesEach() =>
        Assert.InRange(PointBlock.Pack(default, [.. Enumerable.Range(0, 60).Select(i => new Point(Make.Tick + i, 1, default, default, null))]).Length, 300, 310);

    [Fact]
    public void Unpack_AnotherFormat_IsRefusedWithASentence() =>
        Assert.Equal("A block of history has format 2; this version reads 1.", Assert.Throws<InvalidDataException>(() => PointBlock.Unpack([2, 0])).Message);

    private static RequestCounters Counters(long[] fields)
    {
        var counters = default(RequestCounters);
        fields.CopyTo(RequestCounters.FieldsOf(ref counters));
        return counters;
    }

    private static Sketch? Sketch((int Bucket, long Count)[] buckets)
    {
        var sketch = Make.Sketch(buckets);
        return buckets.Length == 0 ? null : sketch;
    }
}
