using System.Diagnostics.Metrics;

namespace Kairos.Gateway;

/// <summary>
/// The guide's metrics for Prometheus: this node's at <c>/metrics</c>, the cluster's at <c>/metrics/cluster</c>. Read when they are scraped,
/// so that a request costs nothing more. Thread-safe.
/// </summary>
internal sealed class TrafficMetrics
{
    /// <summary>Meter of what this node has counted since its process began.</summary>
    public const string NodeMeter = "Kairos.Node";

    /// <summary>Meter of the newest snapshot: the same on every node, and never less than before, whatever happens to nodes.</summary>
    public const string ClusterMeter = "Kairos.Cluster";

    public TrafficMetrics(IMeterFactory meters, RequestMeter requests, SnapshotHub hub, TimeProvider timeProvider)
    {
        var node = meters.Create(NodeMeter);
        AddTraffic(node, "kairos", () => (NodeCounters(requests), requests.InFlight));
        node.CreateObservableGauge(
            "kairos.fanout.snapshot.age",
            () => Measure(hub.Latest, latest => (timeProvider.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(latest.Tick)).TotalSeconds),
            "s",
            "Age of the newest snapshot on this node");

        var cluster = meters.Create(ClusterMeter);
        AddTraffic(cluster, "kairos.cluster", () => hub.Latest is { } latest ? (latest.Counters, latest.Gauges.InFlight) : null);
        cluster.CreateObservableGauge(
            "kairos.cluster.gateways", () => Measure(hub.Latest, latest => latest.Gauges.Gateways), "{gateway}", "Gateway nodes that reported for the newest snapshot");
        cluster.CreateObservableGauge(
            "kairos.cluster.snapshot.timestamp", () => Measure(hub.Latest, latest => latest.Tick), "s", "End of the newest snapshot's tick, in Unix time");
    }

    private static void AddTraffic(Meter meter, string prefix, Func<(RequestCounters Counters, int InFlight)?> read)
    {
        meter.CreateObservableCounter(
            $"{prefix}.requests", () => Measure(read(), traffic => traffic.Counters.Requests), "{request}", "Requests completed");
        meter.CreateObservableCounter(
            $"{prefix}.requests.success", () => Measure(read(), traffic => traffic.Counters.Successes), "{request}", "Requests answered with 2xx");
        meter.CreateObservableCounter(
            $"{prefix}.requests.error", () => Measure(read(), traffic => traffic.Counters.Errors), "{request}", "Requests answered with 4xx or 5xx, or left by their client");
        meter.CreateObservableCounter(
            $"{prefix}.requests.timed", () => Measure(read(), traffic => traffic.Counters.TimedRequests), "{request}", "Requests whose duration counts: all but upgraded connections and event streams");
        meter.CreateObservableCounter(
            $"{prefix}.requests.duration", () => Measure(read(), traffic => traffic.Counters.DurationMicroseconds / 1e6), "s", "Duration of the timed requests, summed");
        meter.CreateObservableGauge(
            $"{prefix}.active_connections", () => Measure(read(), traffic => traffic.InFlight), "{request}", "Requests in progress, upgraded connections included");
        meter.CreateObservableGauge(
            $"{prefix}.success_rate", () => Measure(read(), traffic => MetricTable.SuccessRate(traffic.Counters)), description: "Successes of successes and errors, 0 to 100; 100 when there are none");
    }

    private static RequestCounters NodeCounters(RequestMeter requests)
    {
        var sum = default(RequestCounters);
        foreach (var series in requests.All())
        {
            sum += series.Counters(series.TimedRequests);
        }

        return sum;
    }

    /// <summary>Nothing rather than zero while there is nothing to read.</summary>
    private static IEnumerable<Measurement<TValue>> Measure<TSource, TValue>(TSource? source, Func<TSource, TValue> value)
        where TSource : class
        where TValue : struct =>
        source is null ? [] : [new Measurement<TValue>(value(source))];

    private static IEnumerable<Measurement<TValue>> Measure<TSource, TValue>(TSource? source, Func<TSource, TValue> value)
        where TSource : struct
        where TValue : struct =>
        source is { } there ? [new Measurement<TValue>(value(there))] : [];
}
