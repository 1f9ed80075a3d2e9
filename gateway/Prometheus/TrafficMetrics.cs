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

    public TrafficMetrics(IMeterFactory meters, NodeTraffic traffic, NodeGauges gauges, SnapshotHub hub, TimeProvider timeProvider)
    {
        var node = meters.Create(NodeMeter);
        AddCounters(node, "kairos", () => traffic.Read().Node.Counters);
        AddGauges(node, "kairos", () => gauges.Read());
        AddRoutes(node, "kairos.route", traffic);
        node.CreateObservableGauge(
            "kairos.fanout.snapshot.age",
            () => Measure(hub.Latest, latest => (timeProvider.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(latest.Tick)).TotalSeconds),
            "s",
            "Age of the newest snapshot on this node");

        var cluster = meters.Create(ClusterMeter);
        AddCounters(cluster, "kairos.cluster", () => hub.Latest?.Counters);
        AddGauges(cluster, "kairos.cluster", () => hub.Latest?.Gauges);
        cluster.CreateObservableGauge(
            "kairos.cluster.gateways", () => Measure(hub.Latest, latest => latest.Gauges.Gateways), "{gateway}", "Gateway nodes that reported for the newest snapshot");
        cluster.CreateObservableGauge(
            "kairos.cluster.snapshot.timestamp", () => Measure(hub.Latest, latest => latest.Tick), "s", "End of the newest snapshot's tick, in Unix time");
    }

    private static void AddCounters(Meter meter, string prefix, Func<RequestCounters?> read)
    {
        meter.CreateObservableCounter($"{prefix}.requests", () => Measure(read(), c => c.Requests), "{request}", "Requests completed");
        meter.CreateObservableCounter($"{prefix}.requests.success", () => Measure(read(), c => c.Successes), "{request}", "Requests answered with 2xx");
        meter.CreateObservableCounter(
            $"{prefix}.requests.error", () => Measure(read(), c => c.Errors), "{request}", "Requests answered with 4xx or 5xx, or left by their client");
        meter.CreateObservableCounter(
            $"{prefix}.requests.timed", () => Measure(read(), c => c.TimedRequests), "{request}", "Requests whose duration counts: all but upgraded connections and event streams");
        meter.CreateObservableCounter(
            $"{prefix}.requests.duration", () => Measure(read(), c => c.DurationMicroseconds / 1e6), "s", "Duration of the timed requests, summed");
        meter.CreateObservableGauge(
            $"{prefix}.success_rate", () => Measure(read(), c => MetricTable.SuccessRate(c)), description: "Successes of successes and errors, 0 to 100; 100 when there are none");
        meter.CreateObservableCounter($"{prefix}.request.bytes", () => Measure(read(), c => c.BytesReceived), "By", "Bytes of request bodies received from clients");
        meter.CreateObservableCounter($"{prefix}.response.bytes", () => Measure(read(), c => c.BytesSent), "By", "Bytes of response bodies sent to clients");
        AddTagged(
            meter, $"{prefix}.responses", "Requests completed, by class of status", read, "code",
            c => [("1xx", c.Responses1xx), ("2xx", c.Responses2xx), ("3xx", c.Responses3xx), ("4xx", c.Responses4xx), ("5xx", c.Responses5xx), ("other", c.ResponsesOther)]);
        AddTagged(
            meter, $"{prefix}.destination.errors", "Requests that a destination failed, by how: connect, timeout, reset", read, "kind",
            c => [("connect", c.ConnectErrors), ("timeout", c.TimeoutErrors), ("reset", c.ResetErrors)]);
    }

    private static void AddGauges(Meter meter, string prefix, Func<Gauges?> read)
    {
        meter.CreateObservableGauge(
            $"{prefix}.active_connections", () => Measure(read(), g => g.InFlight), "{request}", "Requests in progress, upgraded connections included");
        meter.CreateObservableGauge(
            $"{prefix}.upgraded_connections", () => Measure(read(), g => g.Upgraded), "{connection}", "Upgraded connections (WebSockets and the like) open");
        meter.CreateObservableGauge(
            $"{prefix}.client_connections", () => Measure(read(), g => g.ClientConnections), "{connection}", "Connections of clients open at the gateway");
        meter.CreateObservableGauge($"{prefix}.destinations", () => Measure(read(), g => g.Destinations), "{destination}", "Destinations of all clusters of the proxy");
        meter.CreateObservableGauge(
            $"{prefix}.destinations.healthy", () => Measure(read(), g => g.DestinationsHealthy), "{destination}", "Destinations that requests may go to");
    }

    private static void AddRoutes(Meter meter, string prefix, NodeTraffic traffic)
    {
        IEnumerable<Measurement<long>> ByRoute(Func<RequestCounters, long> value) =>
            traffic.Read().Routes.Select(route => Tagged(value(route.Value.Counters), "route", route.Key));

        meter.CreateObservableCounter($"{prefix}.requests", () => ByRoute(c => c.Requests), "{request}", "Requests completed, by route");
        meter.CreateObservableCounter(
            $"{prefix}.requests.error", () => ByRoute(c => c.Errors), "{request}", "Requests answered with 4xx or 5xx, or left by their client, by route");
    }

    private static void AddTagged(
        Meter meter, string name, string description, Func<RequestCounters?> read, string tag, Func<RequestCounters, (string Tag, long Value)[]> values) =>
        meter.CreateObservableCounter(
            name, () => read() is { } counters ? values(counters).Select(one => Tagged(one.Value, tag, one.Tag)) : [], "{request}", description);

    private static Measurement<long> Tagged(long value, string tag, string of) => new(value, new KeyValuePair<string, object?>(tag, of));

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
