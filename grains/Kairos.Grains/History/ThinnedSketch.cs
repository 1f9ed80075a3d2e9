namespace Kairos.Grains;

/// <summary>Sketches for readers who ask for the table's percentiles: a few buckets instead of hundreds. Pure functions.</summary>
internal static class ThinnedSketch
{
    /// <summary>
    /// A sketch of the same count and the same value at each of <see cref="MetricTable.Quantiles"/>: what lies between two of them counts in
    /// the bucket of the upper one. It does not change when it is thinned again, but says too much when it is added to another.
    /// </summary>
    public static Sketch Of(Sketch durations)
    {
        var buckets = durations.Buckets;
        var counts = durations.Counts;
        var (thinned, count) = (new Sketch(), durations.Count);
        if (count == 0)
        {
            return thinned;
        }

        var (bucket, reached, told) = (-1, 0L, 0L);
        foreach (var quantile in MetricTable.Quantiles)
        {
            var rank = Sketch.RankOf(quantile, count);
            while (reached < rank)
            {
                reached += counts[++bucket];
            }

            if (rank > told)
            {
                thinned.Add(buckets[bucket], rank - told);
                told = rank;
            }
        }

        return thinned;
    }
}
