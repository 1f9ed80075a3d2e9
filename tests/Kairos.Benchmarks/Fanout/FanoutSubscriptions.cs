using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>What clients ask for, one after the other: 20 different subscriptions of the intervals 1 to 10 s, or all of one interval.</summary>
/// <param name="onlySeconds">The interval of all; 0 for the mixture.</param>
internal sealed class FanoutSubscriptions(int onlySeconds)
{
    public const int Count = 20;

    /// <summary>The route that half of them follow; it must have been counted.</summary>
    public const string Route = "r1";

    private const string Guide = "\"requests_total\",\"requests_success\",\"requests_error\",\"active_connections\",\"avg_response_time\",\"success_rate\"";

    private static readonly string[] AndOne =
    [
        "requests_per_second", "errors_per_second", "response_time_p50", "response_time_p90", "response_time_p95", "response_time_p99", "response_time_p999",
        "response_time_max", "responses_2xx", "bytes_sent",
    ];

    public string[] Messages => [.. Enumerable.Range(0, Count).Select(MessageOf)];

    public int IntervalOf(int subscription) => onlySeconds == 0 ? (subscription / 2) + 1 : onlySeconds;

    private string MessageOf(int subscription)
    {
        var scope = subscription % 2 == 0 ? "" : $",\"scope\":{{\"route\":\"{Route}\"}}";
        return string.Create(
            CultureInfo.InvariantCulture, $"{{\"metrics\":[{Guide},\"{AndOne[subscription / 2]}\"],\"interval_seconds\":{IntervalOf(subscription)}{scope}}}");
    }
}
