namespace Kairos.Gateway;

/// <summary>What was last read of a series, to tell what has changed since. Used by one loop at a time.</summary>
internal sealed class SeriesCapture
{
    private readonly long[] _buckets = new long[SketchLayout.BucketCount];
    private long[]? _bucketsBefore;
    private RequestCounters _before;
    private RequestCounters _read;

    /// <summary>Cumulative counters since the incarnation began.</summary>
    public RequestCounters Current => _read - _before;

    /// <summary>The last reading found something new.</summary>
    public bool Changed { get; private set; }

    /// <summary>Reads the series; returns the buckets that changed with their cumulative counts since the incarnation began.</summary>
    public List<(int Bucket, long Count)> Take(Series series)
    {
        var changed = new List<(int, long)>();

        // Every counter is compared: bytes pass before their request is completed.
        if (series.Counters(_read.TimedRequests) == _read && Changed is false && _read != default)
        {
            return changed;
        }

        long timed = 0;
        for (var bucket = 0; bucket < _buckets.Length; bucket++)
        {
            var count = Volatile.Read(ref series.Buckets[bucket]);
            timed += count;
            if (count != _buckets[bucket])
            {
                _buckets[bucket] = count;
                changed.Add((bucket, count - (_bucketsBefore?[bucket] ?? 0)));
            }
        }

        var counters = series.Counters(timed);
        Changed = counters != _read;
        _read = counters;
        return changed;
    }

    /// <summary>A new incarnation: what was counted up to now but not beyond <paramref name="counted"/> goes on with it.</summary>
    public void StartAgainFrom(RequestCounters counted)
    {
        _before += counted;
        _bucketsBefore = [.. _buckets];
    }
}
