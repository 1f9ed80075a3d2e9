using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>A subscription message, and the width of its grid.</summary>
internal readonly record struct SessionSubscription(string Message, int IntervalSeconds);

/// <summary>What the clients of the reconnect benchmark ask for, one after the other: 20 different subscriptions, all their scopes common to many.</summary>
internal static class SessionSubscriptions
{
    public const int Routes = 4;

    private const string Guide = "\"requests_total\",\"success_rate\",\"active_connections\"";
    private const string Rates = "\"requests_total\",\"requests_per_second\"";
    private const string Percentiles = "\"requests_per_second\",\"response_time_p50\",\"response_time_p99\"";

    private static readonly (string Metrics, int IntervalSeconds, string? Scope)[] All =
    [
        (Guide, 1, null), (Rates, 1, null), (Percentiles, 1, null), (Guide, 2, null), (Rates, 5, null), (Percentiles, 5, null), (Percentiles, 10, null), (Guide, 10, null),
        (Guide, 1, "\"route\":\"r1\""), (Percentiles, 2, "\"route\":\"r1\""), (Rates, 5, "\"route\":\"r2\""), (Percentiles, 1, "\"route\":\"r2\""),
        (Rates, 3, "\"route\":\"r3\""), (Percentiles, 10, "\"route\":\"r3\""), (Guide, 7, "\"route\":\"r4\""), (Percentiles, 5, "\"route\":\"r4\""),
        (Rates, 1, "\"node\":\"gw-2\""), (Percentiles, 5, "\"node\":\"gw-2\""), (Guide, 2, "\"node\":\"gw-1\""), (Percentiles, 10, "\"node\":\"gw-1\""),
    ];

    /// <summary>A node needs a reading of the series for each of them, at least: scopes, with and without percentiles.</summary>
    public static int Readings => All.DistinctBy(one => (one.Scope, one.Metrics == Percentiles)).Count();

    public static SessionSubscription Of(int client)
    {
        var (metrics, interval, scope) = All[client % All.Length];
        var of = scope is null ? "" : $",\"scope\":{{{scope}}}";
        return new(string.Create(CultureInfo.InvariantCulture, $"{{\"metrics\":[{metrics}],\"interval_seconds\":{interval}{of}}}"), interval);
    }
}
