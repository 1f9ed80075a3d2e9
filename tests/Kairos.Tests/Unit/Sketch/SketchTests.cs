using CsCheck;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SketchTests
{
    /// <summary>Half the width of a bucket over its middle: (2^(1/64) - 1) / (2^(1/64) + 1), that is 0.54 %.</summary>
    public const double ErrorMax = 0.005_416;

    private static readonly Gen<double[]> Durations = Gen.Double[-4, 2].Select(exponent => Math.Pow(10, exponent)).Array[0, 200];

    private static readonly Gen<Sketch> Sketches =
        Gen.Select(Gen.Int[0, SketchLayout.OverflowBucket], Gen.Long[1, 1_000_000]).Array[0, 60].Select(Make.Sketch);

    [Fact]
    public void Add_AnyOrder_IsAssociativeAndCommutative() => Gen.Select(Sketches, Sketches, Sketches).Sample((a, b, c) =>
    {
        AssertSame(Sum(a, b), Sum(b, a));
        AssertSame(Sum(Sum(a, b), c), Sum(a, Sum(b, c)));
        AssertSame(a, Sum(a, new Sketch()));
    });

    [Fact]
    public void Add_Sketches_ConservesEveryCount() => Gen.Select(Sketches, Sketches).Sample((a, b) =>
    {
        var sum = Sum(a, b);
        Assert.Equal(a.Count + b.Count, sum.Count);
        for (var bucket = 0; bucket < SketchLayout.BucketCount; bucket++)
            Assert.Equal(a[bucket] + b[bucket], sum[bucket]);
    });

    [Fact]
    public void Buckets_AfterAnyAdditions_AscendWithoutRepeats() => Sketches.Sample(sketch =>
    {
        for (var i = 1; i < sketch.Buckets.Length; i++)
            Assert.True(sketch.Buckets[i - 1] < sketch.Buckets[i]);
    });

    [Fact]
    public void Quantile_OfMergedSketches_IsThatOfTheUnionWithinTheBound() => Gen.Select(Durations, Durations, Gen.Double[0, 1]).Sample((a, b, any) =>
    {
        double[] union = [.. a.Concat(b).Order()];
        var merged = Sum(Of(a), Of(b));
        if (union.Length == 0)
        {
            Assert.True(double.IsNaN(merged.Quantile(any)));
            return;
        }

        foreach (var quantile in new[] { 0, any, 0.5, 0.9, 0.95, 0.99, 0.999, 1 })
        {
            var exact = union[Math.Max((int)Math.Ceiling(quantile * union.Length) - 1, 0)];
            Assert.InRange(merged.Quantile(quantile), exact * (1 - ErrorMax), exact * (1 + ErrorMax));
        }
    });

    [Fact]
    public void Quantile_OutsideTheRange_IsTheRangesBound()
    {
        Assert.Equal(0.0001, Of([0, 0.00002]).Quantile(0.5));
        Assert.Equal(100, Of([200, 3_600]).Quantile(0.5));
    }

    [Fact]
    public void RaiseTo_CumulativeCounts_IsMergeByMaximum() => Gen.Select(Gen.Int[0, 20], Gen.Long[0, 9]).Array[0, 60].Sample(raises =>
    {
        var (forward, backward) = (new Sketch(), new Sketch());
        var risen = raises.Sum(raise => forward.RaiseTo(raise.Item1, raise.Item2));
        foreach (var (bucket, count) in raises.Reverse())
            backward.RaiseTo(bucket, count);

        Assert.Equal(forward.Count, risen);
        foreach (var (bucket, count) in raises)
        {
            Assert.Equal(0, forward.RaiseTo(bucket, count));
            Assert.Equal(raises.Where(r => r.Item1 == bucket).Max(r => r.Item2), forward[bucket]);
            Assert.Equal(forward[bucket], backward[bucket]);
        }
    });

    [Fact]
    public void Clone_ThenChanged_LeavesTheOriginal()
    {
        var original = Make.Sketch((3, 5));
        var clone = original.Clone();
        clone.Add(3, 1);
        clone.Add(1, 1);
        AssertSame(Make.Sketch((3, 5)), original);
        AssertSame(Make.Sketch((1, 1), (3, 6)), clone);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(SketchLayout.BucketCount)]
    public void Add_NoBucketOfTheLayout_Throws(int bucket) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sketch().Add(bucket, 1));

    internal static void AssertSame(Sketch expected, Sketch actual)
    {
        Assert.Equal(expected.Buckets.ToArray(), actual.Buckets.ToArray());
        Assert.Equal(expected.Counts.ToArray(), actual.Counts.ToArray());
    }

    private static Sketch Of(double[] durations)
    {
        var sketch = new Sketch();
        foreach (var seconds in durations)
            sketch.Add(SketchLayout.BucketOf(seconds), 1);
        return sketch;
    }

    private static Sketch Sum(Sketch a, Sketch b)
    {
        var sum = a.Clone();
        sum.Add(b);
        return sum;
    }
}
