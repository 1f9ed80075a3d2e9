namespace Kairos;

/// <summary>Every metric by name: the guide's six in the order of its Snapshot event, then the others. Thread-safe.</summary>
public static class MetricTable
{
    /// <summary>All metrics; the place of each is its bit in a <see cref="MetricSet"/>.</summary>
    public static readonly IReadOnlyList<Metric> All =
    [
        Counter("requests_total", "{request}", "Requests completed by the gateway: every one but those to its own endpoints; unmatched ones (404) too.", c => c.Requests),
        Counter("requests_success", "{request}", "Requests with a 2xx status.", c => c.Successes),
        Counter("requests_error", "{request}", "Requests with a 4xx or 5xx status; a client that went away counts as 499.", c => c.Errors),
        Gauge("active_connections", "{request}", "Requests in progress now, upgraded connections included, over the live nodes.", g => g.InFlight, isOfEveryScope: true),
        Mean("avg_response_time", "ms", "Mean time to the last byte of the response since the cluster began; 0 when there is none.", MeanMilliseconds),
        Mean("success_rate", "%", "100 × success / (success + error) since the cluster began; 100 when there is none.", SuccessRate),
        Rate("requests_per_second", "{request}/s", "Requests completed, per second.", c => c.Requests),
        Rate("errors_per_second", "{request}/s", "Requests with a 4xx or 5xx status, per second.", c => c.Errors),
        Percentile("response_time_p50", "Half of the requests were answered within this time.", 0.5),
        Percentile("response_time_p90", "Nine of ten requests were answered within this time.", 0.9),
        Percentile("response_time_p95", "95 of 100 requests were answered within this time.", 0.95),
        Percentile("response_time_p99", "99 of 100 requests were answered within this time.", 0.99),
        Percentile("response_time_p999", "999 of 1,000 requests were answered within this time.", 0.999),
        Percentile("response_time_max", "The slowest request was answered within this time.", 1),
        Counter("responses_1xx", "{request}", "Requests answered with an informational status, 101 (upgraded connections) above all.", c => c.Responses1xx),
        Counter("responses_2xx", "{request}", "Requests answered with a status of success.", c => c.Responses2xx),
        Counter("responses_3xx", "{request}", "Requests answered with a redirection.", c => c.Responses3xx),
        Counter("responses_4xx", "{request}", "Requests answered with an error of the client's, one that went away (499) included.", c => c.Responses4xx),
        Counter("responses_5xx", "{request}", "Requests answered with an error of the gateway's or a destination's.", c => c.Responses5xx),
        Counter("bytes_received", "By", "Bytes of request bodies.", c => c.BytesReceived),
        Counter("bytes_sent", "By", "Bytes of response bodies.", c => c.BytesSent),
        Rate("bytes_received_per_second", "By/s", "Bytes of request bodies, per second.", c => c.BytesReceived),
        Rate("bytes_sent_per_second", "By/s", "Bytes of response bodies, per second.", c => c.BytesSent),
        Counter("destination_errors_connect", "{request}", "Requests for which no connection to a destination could be made.", c => c.ConnectErrors),
        Counter("destination_errors_timeout", "{request}", "Requests that a destination did not answer in time.", c => c.TimeoutErrors),
        Counter("destination_errors_reset", "{request}", "Requests for which a destination broke off the connection.", c => c.ResetErrors),
        Gauge("upgraded_connections", "{connection}", "Upgraded connections (WebSockets and the like) open now.", g => g.Upgraded),
        Gauge("client_connections", "{connection}", "Connections of clients open at the gateway now.", g => g.ClientConnections),
        Gauge("gateways_reporting", "{gateway}", "Gateway nodes that reported for this second.", g => g.Gateways),
        Gauge("destinations_total", "{destination}", "Destinations of all YARP clusters; of several nodes the most that one has.", g => g.Destinations),
        Gauge("destinations_healthy", "{destination}", "Destinations that requests may go to; of several nodes the fewest that one finds healthy.", g => g.DestinationsHealthy),
    ];

    /// <summary>The guide's six: what a client without a choice gets.</summary>
    public static readonly MetricSet Guide = new(0b11_1111);

    /// <summary>The shares of the percentiles, ascending; the last is 1.</summary>
    public static readonly IReadOnlyList<double> Quantiles = [.. All.Where(metric => metric.Kind == MetricKind.Percentile).Select(metric => metric.Quantile)];

    // The guide's subscriptions also call avg_response_time by this name.
    private const string Alias = "response_time_avg";
    private const string AliasOf = "avg_response_time";

    private static readonly Dictionary<string, int> Index = All.Select((metric, i) => (metric.Name, i)).ToDictionary(m => m.Name, m => m.i);

    /// <summary>All that a scope of that kind has: <c>["*"]</c>.</summary>
    public static MetricSet Of(ScopeKind kind) => new(All.Select((metric, i) => metric.IsOf(kind) ? 1UL << i : 0).Aggregate((a, b) => a | b));

    /// <summary>The set of one metric; null for a name that no metric has.</summary>
    public static MetricSet? Find(string name) => Index.TryGetValue(name == Alias ? AliasOf : name, out var at) ? new MetricSet(1UL << at) : null;

    /// <summary>The names of a set, for a sentence.</summary>
    public static string NamesOf(MetricSet set) => string.Join(", ", set.Metrics.Select(metric => metric.Name));

    /// <summary>100 × successes / (successes + errors), 100 when there are none (DESIGN section 5).</summary>
    public static double SuccessRate(RequestCounters counters) =>
        counters.Successes + counters.Errors == 0 ? 100 : 100.0 * counters.Successes / (counters.Successes + counters.Errors);

    private static double MeanMilliseconds(RequestCounters counters) =>
        counters.TimedRequests == 0 ? 0 : counters.DurationMicroseconds / 1000.0 / counters.TimedRequests;

    private static Metric Counter(string name, string unit, string meaning, Func<RequestCounters, long> value) =>
        new(name, MetricKind.Counter, unit, true, meaning, reading => value(reading.Counters));

    private static Metric Gauge(string name, string unit, string meaning, Func<Gauges, int> value, bool isOfEveryScope = false) =>
        new(name, MetricKind.Gauge, unit, isOfEveryScope, meaning, reading => value(reading.Gauges));

    private static Metric Mean(string name, string unit, string meaning, Func<RequestCounters, double> value) =>
        new(name, MetricKind.Mean, unit, true, meaning, reading => value(reading.Counters));

    private static Metric Rate(string name, string unit, string meaning, Func<RequestCounters, long> value) =>
        new(name, MetricKind.Rate, unit, true, meaning, reading => reading.Seconds > 0 ? value(reading.Added) / reading.Seconds : 0);

    private static Metric Percentile(string name, string meaning, double quantile) =>
        new(name, MetricKind.Percentile, "ms", true, meaning, reading => reading.Durations?.Quantile(quantile) * 1_000 ?? double.NaN) { Quantile = quantile };
}
