using System.Numerics;

namespace Kairos;

/// <summary>A set of metrics; bit n is the n-th of <see cref="MetricTable.All"/>, so that order on the wire is the table's.</summary>
public readonly record struct MetricSet(ulong Bits)
{
    /// <summary>How many there are.</summary>
    public int Count => BitOperations.PopCount(Bits);

    /// <summary>The metrics, in the order of the table.</summary>
    public IEnumerable<Metric> Metrics
    {
        get
        {
            for (var bits = Bits; bits != 0; bits &= bits - 1)
            {
                yield return MetricTable.All[BitOperations.TrailingZeroCount(bits)];
            }
        }
    }

    /// <summary>One of them is about an interval: the same metrics at another interval are another frame.</summary>
    public bool IsOfInterval => Metrics.Any(metric => metric.IsOfInterval);

    /// <summary>One of them needs the durations of requests.</summary>
    public bool HasPercentiles => Metrics.Any(metric => metric.Kind == MetricKind.Percentile);

    /// <summary>Those in either.</summary>
    public static MetricSet operator |(MetricSet a, MetricSet b) => new(a.Bits | b.Bits);

    /// <summary>Those in both.</summary>
    public static MetricSet operator &(MetricSet a, MetricSet b) => new(a.Bits & b.Bits);

    /// <summary>Those of the first that are not in the second.</summary>
    public static MetricSet operator -(MetricSet a, MetricSet b) => new(a.Bits & ~b.Bits);
}
