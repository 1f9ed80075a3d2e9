using System.Globalization;

namespace Kairos.Gateway;

/// <summary>
/// The upper bounds (<c>le</c>) of a Prometheus histogram from 2^-13 s (0.12 ms) to 64 s. All of them are bounds of <see cref="SketchLayout"/>
/// too, so that each count of the histogram is exact: the sum of the sketch's buckets up to there. Immutable.
/// </summary>
internal sealed class DurationBounds
{
    private const int OctaveMin = -13;
    private const int OctaveMax = 6;

    /// <summary>Each bound √2 times the one before: a quantile read off it is nearer to the truth.</summary>
    public static readonly DurationBounds HalfOctaves = new(2);

    /// <summary>Each bound twice the one before: half as many series.</summary>
    public static readonly DurationBounds Octaves = new(1);

    private readonly byte[] _slots = new byte[SketchLayout.BucketCount];

    private DurationBounds(int perOctave)
    {
        // Scaling by a power of two is exact, so that these are bit for bit the bounds that the sketch compares with.
        double[] bounds =
        [
            .. Enumerable.Range(0, ((OctaveMax - OctaveMin) * perOctave) + 1)
                .Select(i => Math.ScaleB(Math.Pow(2, i % perOctave / (double)perOctave), OctaveMin + (i / perOctave))),
        ];
        Labels = [.. bounds.Select(Label), "+Inf"];
        Array.Fill(_slots, (byte)bounds.Length);
        for (var (slot, from) = (0, 0); slot < bounds.Length; slot++)
        {
            var end = SketchLayout.BucketOf(bounds[slot]) + 1;
            _slots.AsSpan(from..end).Fill((byte)slot);
            from = end;
        }
    }

    /// <summary>The bounds as they are written, ascending, <c>+Inf</c> last.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The first bound that a bucket of the sketch lies below.</summary>
    public int SlotOf(int bucket) => _slots[bucket];

    // OpenMetrics wants a float.
    private static string Label(double bound) =>
        bound.ToString(bound == Math.Floor(bound) ? "0.0" : "R", CultureInfo.InvariantCulture);
}
