using System.Numerics;

namespace Kairos.Gateway;

/// <summary>How a metric is written: counters and gauges as integers, ratios with at most two decimals.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Ratio,
}

/// <summary>One metric of the wire.</summary>
/// <param name="Name">Its field in a Snapshot and its <c>metric_name</c> in a TimeSeries.</param>
/// <param name="Kind">How its values are written.</param>
/// <param name="Value">From cumulative counters and the requests in progress.</param>
internal sealed record Metric(string Name, MetricKind Kind, Func<RequestCounters, int, double> Value);

/// <summary>A set of metrics; bit n is the n-th of <see cref="MetricTable.All"/>, so that order on the wire is the table's.</summary>
internal readonly record struct MetricSet(ulong Bits)
{
    public int Count => BitOperations.PopCount(Bits);

    public static MetricSet operator |(MetricSet a, MetricSet b) => new(a.Bits | b.Bits);

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
}

/// <summary>Every metric by name, in the order of the guide's Snapshot event.</summary>
internal static class MetricTable
{
    public static readonly IReadOnlyList<Metric> All =
    [
        new("requests_total", MetricKind.Counter, static (c, _) => c.Requests),
        new("requests_success", MetricKind.Counter, static (c, _) => c.Successes),
        new("requests_error", MetricKind.Counter, static (c, _) => c.Errors),
        new("active_connections", MetricKind.Gauge, static (_, inFlight) => inFlight),
        new("avg_response_time", MetricKind.Ratio, static (c, _) => c.TimedRequests == 0 ? 0 : c.DurationMicroseconds / 1000.0 / c.TimedRequests),
        new("success_rate", MetricKind.Ratio, static (c, _) => SuccessRate(c)),
    ];

    /// <summary>The guide's six: what a client without a choice gets.</summary>
    public static readonly MetricSet Guide = new(0b11_1111);

    /// <summary>All there are: <c>["*"]</c>.</summary>
    public static readonly MetricSet Everything = new((1UL << All.Count) - 1);

    // The guide's subscriptions also call avg_response_time by this name.
    private const string Alias = "response_time_avg";
    private const string AliasOf = "avg_response_time";

    private static readonly Dictionary<string, int> Index = All.Select((metric, i) => (metric.Name, i)).ToDictionary(m => m.Name, m => m.i);

    /// <summary>The set of one metric; null for a name that no metric has.</summary>
    public static MetricSet? Find(string name) =>
        name == "*" ? Everything : Index.TryGetValue(name == Alias ? AliasOf : name, out var at) ? new MetricSet(1UL << at) : null;

    /// <summary>100 × successes / (successes + errors), 100 when there are none (DESIGN section 5).</summary>
    public static double SuccessRate(RequestCounters counters) =>
        counters.Successes + counters.Errors == 0 ? 100 : 100.0 * counters.Successes / (counters.Successes + counters.Errors);

    public static string Names => string.Join(", ", All.Select(metric => metric.Name));
}
