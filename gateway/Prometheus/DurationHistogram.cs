namespace Kairos.Gateway;

/// <summary>Counts of durations between <see cref="DurationBounds"/>, added up from sketches. Not thread-safe while it is added to.</summary>
internal sealed class DurationHistogram(DurationBounds bounds)
{
    private readonly long[] _counts = new long[bounds.Labels.Count];

    /// <summary>All durations counted.</summary>
    public long Count => _counts.Sum();

    /// <summary>Adds to the bucket of a sketch.</summary>
    public void Add(int bucket, long count) => _counts[bounds.SlotOf(bucket)] += count;

    public void Add(Sketch sketch)
    {
        for (var i = 0; i < sketch.Buckets.Length; i++)
        {
            Add(sketch.Buckets[i], sketch.Counts[i]);
        }
    }

    /// <summary>How many durations are at or below each bound, ascending.</summary>
    public IEnumerable<(string Bound, long Count)> Cumulative()
    {
        var sum = 0L;
        for (var slot = 0; slot < _counts.Length; slot++)
        {
            yield return (bounds.Labels[slot], sum += _counts[slot]);
        }
    }
}
