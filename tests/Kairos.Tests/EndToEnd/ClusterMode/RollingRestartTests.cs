using System.Text.Json;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(ClusterProcesses.Name)]
public sealed class RollingRestartTests
{
    [Fact]
    public async Task Every_process_restarts_under_load_and_no_request_fails_and_no_second_is_missing()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 3, gateways: 3);
        var settlement = new Settlement(rig);
        await settlement.SettleAsync();
        var start = settlement.Tick;
        rig.ResumeTraffic();

        foreach (var silo in rig.Silos.ToArray())
        {
            await rig.StopAsync(silo);
            await rig.StartSiloAsync();
            await rig.WaitForAdvanceAsync();
        }

        foreach (var node in rig.Nodes)
        {
            await GatewayFaults.StopAsync(rig, node);
            await node.ReturnAsync();
            await rig.WaitForAdvanceAsync();
        }

        await rig.Redis.StopAsync();
        await rig.Redis.StartAgainAsync();
        await rig.WaitForAdvanceAsync();

        await settlement.SettleAsync();
        await AssertWellAsync(rig, settlement, start);
    }

    private static async Task AssertWellAsync(ClusterRig rig, Settlement settlement, long startTick)
    {
        try
        {
            await settlement.AssertHistoryAsync(rig, startTick);
            foreach (var node in rig.Nodes)
                await AssertHistoryOnTheWireAsync(node, rig.Completed.Total, startTick, settlement.Tick);
            rig.AddProblemsOfClients("rolling restart");
            Assert.Empty(rig.Problems);
        }
        catch
        {
            rig.KeepLogs("rolling-restart");
            throw;
        }
    }

    /// <summary>As a client of any gateway reads it.</summary>
    private static async Task AssertHistoryOnTheWireAsync(GatewayNode node, long total, long startTick, long endTick)
    {
        await using var client = await MetricsClient.ConnectAsync(node.Port);
        await client.SendAsync("""{"metrics":["requests_total"],"include_history":true}""");
        var series = await client.ReceiveAsync(e => e.Type() == "TimeSeries", "the history");
        var points = series.GetProperty("data_points").EnumerateArray().ToArray();
        var ticks = points.Select(point => point.Tick()).ToHashSet();
        var missing = Enumerable.Range(1, (int)(endTick - startTick)).Select(i => startTick + i).Where(tick => !ticks.Contains(tick));
        Assert.Empty(missing);
        Assert.Equal(total, Value(points[^1]));
        Assert.Equal(points.Select(Value).Order(), points.Select(Value));
    }

    private static double Value(JsonElement point) => point.GetProperty("value").GetDouble();
}
