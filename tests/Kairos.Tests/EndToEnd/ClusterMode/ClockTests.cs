using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Gateways whose clock is wrong by an hour, as their own process sees it.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class ClockTests
{
    private const int Hour = 3_600;

    [Fact]
    public async Task Gateways_an_hour_behind_and_an_hour_ahead_count_in_the_seconds_of_the_cluster()
    {
        Assert.SkipUnless(await ChildProcess.SucceedsAsync("faketime", "--version"), "faketime is not on the PATH");
        await using var rig = await ClusterRig.StartAsync(silos: 1, gateways: 1);
        var settlement = new Settlement(rig);
        await settlement.SettleAsync();
        var startTick = settlement.Tick;

        GatewayNode[] wrong = [rig.AddNode(Wrong(rig, "gw-behind", -Hour)), rig.AddNode(Wrong(rig, "gw-ahead", Hour))];
        foreach (var node in wrong)
        {
            await node.StartAsync();
            await node.Process.WaitUntilReadyAsync();
        }

        rig.ResumeTraffic();
        await Wait.UntilAsync(() => rig.Nodes.All(node => node.Load.Completed.Total > 300), () => "traffic on each gateway");
        await settlement.SettleAsync();
        await settlement.AssertHistoryAsync(rig, startTick);
        Assert.InRange(await OffsetAsync(rig, "gw-behind"), Hour - 2, Hour + 2);
        Assert.InRange(await OffsetAsync(rig, "gw-ahead"), -Hour - 2, -Hour + 2);
        Assert.Equal(0, await OffsetAsync(rig, "gw-1"));

        // The load has requests that fail; a node's own clock says nothing of the cluster.
        foreach (var node in wrong)
            Assert.DoesNotMatch("stalled|No new second|behind", $"{await node.Process.Http.GetApiAsync("health")}");
        Assert.Matches("The clock of node gw-behind is 3(599|600|601) s behind this silo's", rig.Silos[0].Output);
        Assert.Empty(rig.Nodes.SelectMany(node => node.Watcher.TakeViolations()));
    }

    private static GatewayNode Wrong(ClusterRig rig, string id, int seconds) =>
        new(id, rig) { Before = ["env", "FAKETIME_DONT_FAKE_MONOTONIC=1", "faketime", "-f", $"{seconds:+0;-0}s"] };

    private static async Task<long> OffsetAsync(ClusterRig rig, string id)
    {
        var answer = await rig.Nodes[0].Process.Http.GetApiAsync("nodes");
        return answer.GetProperty("nodes").EnumerateArray().Single(node => node.GetProperty("id").GetString() == id)
            .GetProperty("clock_offset_seconds").GetInt64();
    }
}
