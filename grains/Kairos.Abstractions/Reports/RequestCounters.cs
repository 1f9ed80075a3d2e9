namespace Kairos;

/// <summary>
/// What was counted of completed requests since an incarnation (or the cluster) began. Only ever grows, so that the larger of two is the newer.
/// </summary>
/// <param name="Responses1xx">Responses with an informational status, 101 (upgraded connections) above all.</param>
/// <param name="Responses2xx">Responses with a status of success.</param>
/// <param name="Responses3xx">Redirections.</param>
/// <param name="Responses4xx">Errors of the client, a client that went away (499) included.</param>
/// <param name="Responses5xx">Errors of the gateway or a destination.</param>
/// <param name="ResponsesOther">Responses with a status outside 100 to 599.</param>
/// <param name="TimedRequests">Requests whose duration counts: all but upgraded connections and event streams.</param>
/// <param name="DurationMicroseconds">The sum of those durations, to the last byte of the response.</param>
[GenerateSerializer, Immutable, Alias("Kairos.RequestCounters")]
public readonly record struct RequestCounters(
    [property: Id(0)] long Responses1xx,
    [property: Id(1)] long Responses2xx,
    [property: Id(2)] long Responses3xx,
    [property: Id(3)] long Responses4xx,
    [property: Id(4)] long Responses5xx,
    [property: Id(5)] long ResponsesOther,
    [property: Id(6)] long TimedRequests,
    [property: Id(7)] long DurationMicroseconds)
{
    /// <summary>Every request completed.</summary>
    public long Requests => Responses1xx + Responses2xx + Responses3xx + Responses4xx + Responses5xx + ResponsesOther;

    /// <summary>The guide's <c>requests_success</c>: 2xx.</summary>
    public long Successes => Responses2xx;

    /// <summary>The guide's <c>requests_error</c>: 4xx and 5xx.</summary>
    public long Errors => Responses4xx + Responses5xx;

    /// <summary>Counts of two sources together.</summary>
    public static RequestCounters operator +(RequestCounters a, RequestCounters b) => Combine(a, b, static (x, y) => x + y);

    /// <summary>What <paramref name="a"/> has beyond <paramref name="b"/>.</summary>
    public static RequestCounters operator -(RequestCounters a, RequestCounters b) => Combine(a, b, static (x, y) => x - y);

    /// <summary>Merge by maximum, field by field: loss, repeats and reordering of cumulative values are harmless.</summary>
    public static RequestCounters Max(RequestCounters a, RequestCounters b) => Combine(a, b, Math.Max);

    private static RequestCounters Combine(RequestCounters a, RequestCounters b, Func<long, long, long> field) => new(
        field(a.Responses1xx, b.Responses1xx),
        field(a.Responses2xx, b.Responses2xx),
        field(a.Responses3xx, b.Responses3xx),
        field(a.Responses4xx, b.Responses4xx),
        field(a.Responses5xx, b.Responses5xx),
        field(a.ResponsesOther, b.ResponsesOther),
        field(a.TimedRequests, b.TimedRequests),
        field(a.DurationMicroseconds, b.DurationMicroseconds));
}
