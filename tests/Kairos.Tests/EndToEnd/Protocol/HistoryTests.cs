using System.Text.Json;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(SharedGateway.Name)]
public sealed class HistoryTests(SharedGateway shared)
{
    private const int PointsMax = 720;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task History_comes_first_a_TimeSeries_a_metric_then_the_Snapshot()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        await client.SendAsync("""{"metrics":["requests_total","success_rate"],"include_history":true}""");

        var first = await client.ReceiveAsync(IsSeries, "the first series");
        var second = await client.ReceiveAsync();
        var answer = await client.ReceiveAsync();

        Assert.True(IsSeries(second), $"{second}");
        Assert.Equal(["requests_total", "success_rate"], new[] { first, second }.Select(MetricName).Order());
        Assert.True(answer.IsSnapshotOf("requests_total", "success_rate"), $"{answer}");
        Assert.Equal(["type", "metric_name", "data_points"], first.FieldNames());
    }

    [Fact]
    public async Task Points_ascend_to_the_newest_tick_and_end_at_the_present_value()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        await client.SendAsync("""{"metrics":["*"]}""");

        // The first snapshots may be of seconds in which the node did not run yet: these have no points.
        var before = await client.ReceiveAsync(e => e.TryGetProperty("gateways_reporting", out var gateways) && gateways.GetInt32() == 1, "a second with a gateway");
        var sent = await Traffic.SendAsync(shared.Gateway.Http, 100, ["d/status/200"], Cancelled);
        var settled = await client.ReceiveSettledAsync(before.Total() + sent.Total);

        await client.SendAsync("""{"metrics":["requests_total"],"include_history":true}""");
        var series = await client.ReceiveAsync(IsSeries, "the series");
        var answer = await client.ReceiveSnapshotAsync();

        var points = series.GetProperty("data_points").EnumerateArray().ToArray();
        Assert.InRange(points.Length, 2, PointsMax);
        Assert.All(points, point => Assert.Equal(["timestamp", "value"], point.FieldNames()));
        var ticks = points.Select(point => point.Tick()).ToArray();
        Assert.Equal(ticks.Distinct().Order(), ticks);
        Assert.InRange(ticks[^1], settled.Tick(), answer.Tick());
        Assert.Equal(answer.Total(), points[^1].GetProperty("value").GetDouble());
        var values = points.Select(point => point.GetProperty("value").GetDouble()).ToArray();
        Assert.Equal(values.Order(), values);
        Assert.Contains(before.Total(), values);
    }

    [Fact]
    public async Task History_of_empty_metrics_has_a_series_for_each_of_the_guides_six()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        await client.SendAsync("""{"metrics":[],"interval_seconds":5,"include_history":true}""");

        var names = new List<string> { MetricName(await client.ReceiveAsync(IsSeries, "the first series")) };
        JsonElement next;
        while (IsSeries(next = await client.ReceiveAsync()))
            names.Add(MetricName(next));

        Assert.Equal(MetricsEvents.GuideMetrics.Order(), names.Order());
        Assert.True(next.IsSnapshotOf(MetricsEvents.GuideMetrics), $"{next}");
    }

    private static bool IsSeries(JsonElement e) => e.Type() == "TimeSeries";

    private static string MetricName(JsonElement e) => e.GetProperty("metric_name").GetString()!;
}
