using System.Text.Json;
using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>A real Prometheus over a real cluster: what it scrapes is what was sent, and every panel and alert of deploy/ means something.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class PrometheusTests
{
    // Nothing to show while all is well.
    private const string PanelOfAlerts = "Alerts that fire";

    [Fact]
    public async Task Cluster_metrics_are_exact_on_every_node_and_survive_the_death_of_one()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 1, gateways: 2);
        await using var prometheus = await PrometheusServer.StartAsync(rig);
        await SendTrafficAsync(rig);

        var completed = rig.Completed;
        foreach (var sum in new[] { "min(kairos_cluster_requests", "max(kairos_cluster_requests", "sum(kairos_requests" })
        {
            await WaitForAsync(prometheus, $"{sum}_total)", completed.Total);
            await WaitForAsync(prometheus, $"{sum}_success_total)", completed.Success);
            await WaitForAsync(prometheus, $"{sum}_error_total)", completed.Error);
        }

        await WaitForAsync(prometheus, "sum(kairos_requests_timed_total) - max(kairos_cluster_requests_timed_total)", 0);
        await WaitForAsync(prometheus, "round(1e6 * (sum(kairos_requests_duration_seconds_total) - max(kairos_cluster_requests_duration_seconds_total)))", 0);
        await WaitForAsync(prometheus, "sum(kairos_route_requests_total)", completed.Total);
        await WaitForAsync(prometheus, "sum(kairos_responses_total{code=\"2xx\"})", completed.Success);
        await WaitForAsync(prometheus, "max(sum by (instance) (kairos_cluster_responses_total))", completed.Total);
        await WaitForHistogramsAsync(prometheus);
        await WaitForAsync(prometheus, "round(1000 * max(kairos_cluster_success_rate))", Math.Round(100_000.0 * completed.Success / (completed.Success + completed.Error)));
        await WaitForAsync(prometheus, "max(kairos_cluster_gateways)", 2);

        await rig.Nodes[1].KillAsync();
        await WaitForAsync(prometheus, "count(up{job=\"kairos-gateway\"} == 1)", 1);
        await WaitForAsync(prometheus, "max(kairos_cluster_requests_total)", completed.Total);
        await WaitForAsync(prometheus, "max(kairos_cluster_gateways)", 1);
    }

    [Fact]
    public async Task Every_panel_has_data_and_no_alert_fires_in_a_cluster_that_is_well()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 2, gateways: 1);
        await using var prometheus = await PrometheusServer.StartAsync(rig);
        rig.ResumeTraffic();
        // Rates take two scrapes, and a percentile of writes some writes between them.
        await Wait.UntilAsync(
            async () => await prometheus.TryQueryAsync("rate(kairos_cluster_requests_total[10s]) > 0") is not null,
            () => "a rate");

        foreach (var panel in Observability.Panels())
        {
            foreach (var expression in Observability.ExpressionsOf(panel, rateSeconds: 10))
            {
                double[] values = [];
                await Wait.UntilAsync(
                    async () => (values = await prometheus.QueryAsync(expression)).Length > 0 == (Title(panel) != PanelOfAlerts) && !values.Any(double.IsNaN),
                    () => $"data of '{Title(panel)}': {expression} gives {string.Join(", ", values)}");
            }
        }

        // A scrape each second has a second to be answered in: one that a busy machine misses makes an alert pend until the next, and no longer.
        const string Alerts = "ALERTS{alertname!=\"KairosErrorRate\"}";
        var names = Array.Empty<string>();
        await Wait.UntilAsync(async () => (names = await prometheus.AlertsAsync(Alerts)).Length == 0, () => $"no alert, but there are {string.Join(", ", names)}");
        Assert.Empty(await prometheus.AlertsAsync("max_over_time(ALERTS{alertstate=\"firing\",alertname!=\"KairosErrorRate\"}[10m])"));
    }

    [Fact]
    public async Task Prometheus_reads_all_of_it_and_promtool_finds_nothing_odd_in_what_is_ours()
    {
        const string Hostile = "a\"b\\c\nd}é😀";
        await using var rig = await ClusterRig.StartAsync(silos: 1, gateways: 1);
        var node = rig.AddNode("gw-2", $"--ReverseProxy:Routes:{Hostile}:ClusterId=d", $"--ReverseProxy:Routes:{Hostile}:Match:Path=/hostile");
        await node.StartAsync();
        await node.Process.WaitUntilReadyAsync();
        using var response = await node.Process.Http.GetAsync(new Uri("hostile", UriKind.Relative), TestContext.Current.CancellationToken);

        var all = await AssertOursAreProperAsync(node.Process.Http, "metrics");
        Assert.All(["kestrel_active_connections", "orleans_", "dotnet_process_cpu_time_seconds_total"], meter => Assert.Contains(meter, all, StringComparison.Ordinal));
        all = await AssertOursAreProperAsync(rig.Silos[0].Http, "metrics");
        Assert.All(["kestrel_active_connections", "orleans_grains", "kairos_shard_reports_total"], meter => Assert.Contains(meter, all, StringComparison.Ordinal));
        await AssertOursAreProperAsync(node.Process.Http, "metrics/cluster");

        await using var prometheus = await PrometheusServer.StartAsync(rig);
        await WaitForAsync(prometheus, $"kairos_route_requests_total{{route=`{Hostile}`}}", 1);
        await WaitForAsync(prometheus, $"kairos_route_request_duration_seconds_count{{route=`{Hostile}`}}", 1);
    }

    private static async Task<string> AssertOursAreProperAsync(HttpClient http, string path)
    {
        var text = await http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.DoesNotContain(await Promtool.CheckMetricsAsync(text), complaint => complaint.StartsWith("kairos_", StringComparison.Ordinal));
        return text;
    }

    /// <summary>Every bucket summed over the nodes is the cluster's, the last is the count, and the sum of seconds agrees.</summary>
    private static async Task WaitForHistogramsAsync(PrometheusServer prometheus)
    {
        const string Nodes = "kairos_request_duration_seconds";
        const string Cluster = "kairos_cluster_request_duration_seconds";
        await WaitForAsync(prometheus, $"sum({Nodes}_count) - sum(kairos_requests_timed_total)", 0);
        await WaitForAsync(prometheus, $"max({Cluster}_count) - max(kairos_cluster_requests_timed_total)", 0);
        await WaitForAsync(prometheus, $"count(sum by (le) ({Nodes}_bucket) == max by (le) ({Cluster}_bucket))", DurationBounds.HalfOctaves.Labels.Count);
        await WaitForAsync(prometheus, $"sum({Nodes}_bucket{{le=\"+Inf\"}}) - sum({Nodes}_count)", 0);
        await WaitForAsync(prometheus, $"sum(kairos_route_request_duration_seconds_count) - sum({Nodes}_count)", 0);
        await WaitForAsync(prometheus, $"round(1e6 * (sum({Nodes}_sum) - max({Cluster}_sum)))", 0);
    }

    private static string Title(JsonElement panel) => panel.GetProperty("title").GetString()!;

    private static async Task SendTrafficAsync(ClusterRig rig)
    {
        rig.ResumeTraffic();
        await Wait.UntilAsync(() => rig.Completed.Total > 200, () => "traffic");
        await rig.HoldTrafficAsync();
    }

    private static async Task WaitForAsync(PrometheusServer prometheus, string expression, double expected)
    {
        double? value = null;
        await Wait.UntilAsync(async () => (value = await prometheus.TryQueryAsync(expression)) == expected, () => $"{expression} is {value} instead of {expected}");
    }
}
