using System.Text.Json;
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
        await WaitForAsync(prometheus, "sum(kairos_requests_total)", completed.Total);
        foreach (var sum in new[] { "min(kairos_cluster_requests", "max(kairos_cluster_requests", "sum(kairos_requests" })
        {
            await WaitForAsync(prometheus, $"{sum}_total)", completed.Total);
            await WaitForAsync(prometheus, $"{sum}_success_total)", completed.Success);
            await WaitForAsync(prometheus, $"{sum}_error_total)", completed.Error);
        }

        await WaitForAsync(prometheus, "sum(kairos_requests_timed_total) - max(kairos_cluster_requests_timed_total)", 0);
        await WaitForAsync(prometheus, "round(1e6 * (sum(kairos_requests_duration_seconds_total) - max(kairos_cluster_requests_duration_seconds_total)))", 0);
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

        Assert.Empty(await prometheus.QueryAsync("ALERTS{alertname!=\"KairosErrorRate\"}"));
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
