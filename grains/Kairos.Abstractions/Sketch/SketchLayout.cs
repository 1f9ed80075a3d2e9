namespace Kairos;

/// <summary>
/// Where a duration falls in a sketch: a base-2 exponential histogram at a fixed scale of 6, as OpenTelemetry's data model has it.
/// Bucket <c>i</c> covers (2^(i/64), 2^((i+1)/64)] seconds, so that an estimate is within 0.54 % of the value.
/// Below 0.1 ms there is one zero bucket (OpenTelemetry's zero threshold), above 100 s one overflow bucket.
/// </summary>
/// <remarks>
/// Source: OpenTelemetry specification, "Metrics Data Model", section ExponentialHistogram. Pure functions, thread-safe.
/// </remarks>
public static class SketchLayout
{
    /// <summary>Buckets of one octave: 2^scale.</summary>
    private const int PerOctave = 64;

    /// <summary>OpenTelemetry index of the bucket that holds the first value above 0.1 ms: floor(log2(0.0001) × 64).</summary>
    private const int IndexMin = -851;

    /// <summary>OpenTelemetry index of the bucket that holds 100 s: floor(log2(100) × 64).</summary>
    private const int IndexMax = 425;

    /// <summary>Durations up to this one, in seconds, are counted in the zero bucket.</summary>
    public const double ZeroThresholdSeconds = 0.0001;

    /// <summary>The bucket of everything at or below <see cref="ZeroThresholdSeconds"/>.</summary>
    public const int ZeroBucket = 0;

    /// <summary>The bucket of everything above 100 s.</summary>
    public const int OverflowBucket = IndexMax - IndexMin + 2;

    /// <summary>How many buckets a sketch has, the zero and the overflow bucket included.</summary>
    public const int BucketCount = OverflowBucket + 1;

    // Upper bounds of the buckets of the octave [1, 2], and for each 1/256 of it the first bucket that may hold a value there.
    // Buckets are wider than 1/256 of an octave, so one comparison settles the rest.
    private static readonly double[] UpperBounds = [.. Enumerable.Range(1, PerOctave).Select(k => Math.Pow(2, k / (double)PerOctave))];
    private static readonly byte[] FirstCandidates = [.. Enumerable.Range(0, 256).Select(FirstCandidate)];

    /// <summary>The bucket of a duration in seconds; negative ones and NaN count as zero.</summary>
    public static int BucketOf(double seconds)
    {
        if (!(seconds > ZeroThresholdSeconds))
        {
            return ZeroBucket;
        }

        var bits = BitConverter.DoubleToInt64Bits(seconds);
        var exponent = (int)(bits >> 52) - 1023;
        var mantissa = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        var within = (int)FirstCandidates[(bits >> 44) & 0xFF];
        if (mantissa > UpperBounds[within])
        {
            within++;
        }

        // Bounds are upper-inclusive: an exact power of two belongs to the last bucket of the octave below.
        var index = mantissa == 1.0 ? (exponent * PerOctave) - 1 : (exponent * PerOctave) + within;
        return Math.Min(index - IndexMin + 1, OverflowBucket);
    }

    /// <summary>
    /// The value in seconds that stands for a bucket: the one whose relative error to either bound is the same, 0.54 %.
    /// The zero bucket answers 0.1 ms, the overflow bucket 100 s: bounds, not estimates.
    /// </summary>
    public static double ValueOf(int bucket) => bucket switch
    {
        <= ZeroBucket => ZeroThresholdSeconds,
        >= OverflowBucket => 100,
        _ => Midpoint(bucket - 1 + IndexMin),
    };

    private static double Midpoint(int index)
    {
        var lower = Math.Pow(2, index / (double)PerOctave);
        var upper = Math.Pow(2, (index + 1) / (double)PerOctave);
        return 2 * lower * upper / (lower + upper);
    }

    private static byte FirstCandidate(int slot)
    {
        var least = 1 + (slot / 256.0);
        var bucket = 0;
        while (UpperBounds[bucket] <= least)
        {
            bucket++;
        }

        return (byte)bucket;
    }
}
