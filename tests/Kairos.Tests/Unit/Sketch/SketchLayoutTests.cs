using CsCheck;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SketchLayoutTests
{
    private const int Scale = 64;
    private const int IndexOfFirstBucket = -851;

    private static readonly Gen<double> Seconds = Gen.Double[-4, 2].Select(exponent => Math.Pow(10, exponent));

    [Fact]
    public void BucketOf_AwayFromBoundaries_IsThePlainFormulaOfOpenTelemetry() => Seconds.Sample(
        seconds =>
        {
            var position = Math.Log2(seconds) * Scale;
            if (seconds > SketchLayout.ZeroThresholdSeconds && Math.Abs(position - Math.Round(position)) > 1e-9)
                Assert.Equal((int)Math.Ceiling(position) - 1 - IndexOfFirstBucket + 1, SketchLayout.BucketOf(seconds));
        },
        iter: 100_000);

    [Fact]
    public void BucketOf_ExactPowersOfTwo_AreTheUpperBoundsOfTheirBuckets()
    {
        for (var exponent = -13; exponent <= 6; exponent++)
        {
            var bound = Math.Pow(2, exponent);
            var bucket = (exponent * Scale) - 1 - IndexOfFirstBucket + 1;
            Assert.Equal(bucket, SketchLayout.BucketOf(bound));
            Assert.Equal(bucket, SketchLayout.BucketOf(Math.BitDecrement(bound)));
            Assert.Equal(bucket + 1, SketchLayout.BucketOf(Math.BitIncrement(bound)));
        }
    }

    [Fact]
    public void BucketOf_EveryBound_IsUpperInclusive()
    {
        // Within an octave bounds are irrational: the doubles next to one are on either side of it.
        for (var index = IndexOfFirstBucket + 1; index <= 425; index++)
        {
            var bound = Math.Pow(2, index / (double)Scale);
            Assert.Equal(index - 1 - IndexOfFirstBucket + 1, SketchLayout.BucketOf(bound * (1 - 1e-12)));
            Assert.Equal(index - IndexOfFirstBucket + 1, SketchLayout.BucketOf(bound * (1 + 1e-12)));
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(double.Epsilon)]
    [InlineData(0.00005)]
    [InlineData(0.0001)]
    public void BucketOf_NoDurationOrUpToTheThreshold_IsTheZeroBucket(double seconds) =>
        Assert.Equal(SketchLayout.ZeroBucket, SketchLayout.BucketOf(seconds));

    [Theory]
    [InlineData(101)]
    [InlineData(3600)]
    [InlineData(double.MaxValue)]
    [InlineData(double.PositiveInfinity)]
    public void BucketOf_Above100Seconds_IsTheOverflowBucket(double seconds) =>
        Assert.Equal(SketchLayout.OverflowBucket, SketchLayout.BucketOf(seconds));

    [Fact]
    public void BucketOf_TheRangesEnds_AreItsFirstAndLastBucket()
    {
        Assert.Equal(1, SketchLayout.BucketOf(Math.BitIncrement(0.0001)));
        Assert.Equal(SketchLayout.OverflowBucket - 1, SketchLayout.BucketOf(100));
    }

    [Fact]
    public void BucketOf_GreaterValue_IsNeverInALowerBucket() => Gen.Select(Gen.Double, Gen.Double).Sample(
        (a, b) => SketchLayout.BucketOf(Math.Min(a, b)) <= SketchLayout.BucketOf(Math.Max(a, b)) || double.IsNaN(a) || double.IsNaN(b),
        iter: 100_000);

    [Fact]
    public void ValueOf_EveryBucket_LiesInIt()
    {
        // The first one is cut by the zero threshold: its middle lies below.
        for (var bucket = 2; bucket < SketchLayout.OverflowBucket; bucket++)
            Assert.Equal(bucket, SketchLayout.BucketOf(SketchLayout.ValueOf(bucket)));
    }

    [Fact]
    public void ValueOf_AnyDuration_IsWithinTheBound() => Seconds.Sample(
        seconds => Math.Abs(SketchLayout.ValueOf(SketchLayout.BucketOf(seconds)) - seconds) <= SketchTests.ErrorMax * seconds,
        iter: 100_000);
}
