using CsCheck;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class ThinnedSketchTests
{
    private static readonly Gen<Sketch> Any = Gen.Select(Gen.Int[0, SketchLayout.OverflowBucket], Gen.OneOf(Gen.Long[1, 9], Gen.Long[1, 1L << 40])).Array[0, 300].Select(Make.Sketch);

    [Fact]
    public void Of_AnySketch_HasTheSameCountAndPercentilesInFewBuckets() => Any.Sample(sketch =>
    {
        var thinned = ThinnedSketch.Of(sketch);
        Assert.Equal(sketch.Count, thinned.Count);
        Assert.Equal(MetricTable.Quantiles.Select(sketch.Quantile), MetricTable.Quantiles.Select(thinned.Quantile));
        Assert.InRange(thinned.Buckets.Length, 0, MetricTable.Quantiles.Count);
        SketchTests.AssertSame(thinned, ThinnedSketch.Of(thinned));
    });

    [Fact]
    public void Quantiles_OfTheTable_AscendToAll()
    {
        Assert.Equal([0.5, 0.9, 0.95, 0.99, 0.999, 1], MetricTable.Quantiles);
        Assert.Equal(MetricTable.Quantiles.Count, MetricTable.All.Count(metric => metric.Kind == MetricKind.Percentile));
    }
}
