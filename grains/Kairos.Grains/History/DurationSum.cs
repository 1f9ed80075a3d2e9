namespace Kairos.Grains;

/// <summary>
/// Adds up the durations of many points: a count for every bucket there is, since to add to a sketch one must find or make each bucket's
/// place in it. Used by one thread.
/// </summary>
internal sealed class DurationSum
{
    private readonly long[] _counts = new long[SketchLayout.BucketCount];
    private int _first = SketchLayout.BucketCount;
    private int _last = -1;

    public bool IsEmpty => _last < 0;

    public void Add(Sketch durations)
    {
        var buckets = durations.Buckets;
        var counts = durations.Counts;
        if (buckets.Length == 0)
        {
            return;
        }

        (_first, _last) = (Math.Min(_first, buckets[0]), Math.Max(_last, buckets[^1]));
        for (var i = 0; i < buckets.Length; i++)
        {
            _counts[buckets[i]] += counts[i];
        }
    }

    /// <summary>The sum, as a sketch of its own; what is added from now on is for the next.</summary>
    public Sketch Take()
    {
        var sum = IsEmpty ? [] : _counts.AsSpan(_first, _last - _first + 1);
        var length = sum.Length - sum.Count(0L);
        var (buckets, counts) = (new ushort[length], new long[length]);
        for (var (i, at) = (0, 0); i < sum.Length; i++)
        {
            if (sum[i] != 0)
            {
                (buckets[at], counts[at]) = ((ushort)(_first + i), sum[i]);
                at++;
            }
        }

        sum.Clear();
        (_first, _last) = (SketchLayout.BucketCount, -1);
        return Sketch.Over(buckets, counts);
    }
}
