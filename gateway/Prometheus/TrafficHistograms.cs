using System.Buffers;
using System.Globalization;
using System.Text;

namespace Kairos.Gateway;

/// <summary>
/// Durations of requests in seconds as Prometheus histograms, from the sketches that there are anyway: OpenTelemetry has no histogram that is
/// read when it is scraped. The text is the same in Prometheus' format 0.0.4 and in OpenMetrics. Thread-safe.
/// </summary>
internal sealed class TrafficHistograms(NodeTraffic traffic, SnapshotHub hub)
{
    /// <summary>This node's, as a whole and by route.</summary>
    public void WriteNode(IBufferWriter<byte> output)
    {
        var reading = traffic.Read();
        WriteFamily(output, "kairos_request_duration_seconds", "Duration of the timed requests");
        WriteSeries(output, "kairos_request_duration_seconds", "", reading.Node.Durations, reading.Node.Counters);
        WriteFamily(output, "kairos_route_request_duration_seconds", "Duration of the timed requests, by route");
        foreach (var (route, sums) in reading.Routes)
        {
            WriteSeries(output, "kairos_route_request_duration_seconds", $"route=\"{Escape(route)}\"", sums.Durations, sums.Counters);
        }
    }

    /// <summary>The newest snapshot's; nothing before the first.</summary>
    public void WriteCluster(IBufferWriter<byte> output)
    {
        if (hub.Latest is { } latest)
        {
            var durations = new DurationHistogram(DurationBounds.HalfOctaves);
            durations.Add(latest.Durations);
            WriteFamily(output, "kairos_cluster_request_duration_seconds", "Duration of the timed requests");
            WriteSeries(output, "kairos_cluster_request_duration_seconds", "", durations, latest.Counters);
        }
    }

    private static void WriteFamily(IBufferWriter<byte> output, string name, string help) =>
        Write(output, $"# TYPE {name} histogram\n# HELP {name} {help}\n");

    private static void WriteSeries(IBufferWriter<byte> output, string name, string labels, DurationHistogram durations, RequestCounters counters)
    {
        var (before, all) = labels.Length == 0 ? ("", "") : ($"{labels},", $"{{{labels}}}");
        foreach (var (bound, count) in durations.Cumulative())
        {
            Write(output, $"{name}_bucket{{{before}le=\"{bound}\"}} {count}\n");
        }

        Write(output, $"{name}_sum{all} {counters.DurationMicroseconds / 1e6}\n{name}_count{all} {durations.Count}\n");
    }

    private static string Escape(string label) => label
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static void Write(IBufferWriter<byte> output, FormattableString text) =>
        Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture), output);
}
