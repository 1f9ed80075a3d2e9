using System.Net;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(ClusterProcesses.Name)]
public sealed class StartOrderTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gateways_that_start_before_Redis_and_silos_proxy_at_once_and_stream_once_silos_are_there()
    {
        await using var rig = await ClusterRig.CreateAsync(RedisServer.Create());
        foreach (var id in new[] { "gw-1", "gw-2" })
            await rig.AddNode(id).StartAsync();

        foreach (var node in rig.Nodes)
        {
            await Wait.UntilAsync(() => ProxiesAsync(node), () => $"a proxied request. The output of {node.Id}:\n{node.Process.Output}");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await MetricsClient.TryConnectAsync(node.Port));
        }

        rig.ResumeTraffic();
        // Not in the balancer's way for longer than ten seconds.
        foreach (var node in rig.Nodes)
        {
            await node.Process.WaitUntilReadyAsync();
            Assert.Contains("degraded", await node.Process.Http.GetStringAsync("health/ready", Cancelled), StringComparison.Ordinal);
            // What it has counted itself, and nothing, rather than zeros, of the cluster.
            Assert.Contains("\nkairos_requests_total{", await node.Process.Http.GetStringAsync("metrics", Cancelled), StringComparison.Ordinal);
            Assert.DoesNotContain("kairos_fanout_snapshot_age", await node.Process.Http.GetStringAsync("metrics", Cancelled), StringComparison.Ordinal);
            Assert.DoesNotContain("kairos_", await node.Process.Http.GetStringAsync("metrics/cluster", Cancelled), StringComparison.Ordinal);
            foreach (var request in new[] { "snapshot", "snapshot?scope=route/d", "scopes", "history?metric=requests_total", "nodes" })
                await node.Process.Http.GetProblemAsync(request, HttpStatusCode.ServiceUnavailable);
        }

        await rig.Redis.StartAgainAsync();
        await rig.StartSiloAsync();
        await rig.WaitForAdvanceAsync();
        await new Settlement(rig).SettleAsync();
        Assert.All(rig.Nodes, node => Assert.Empty(node.Load.TakeFailures()));
        Assert.All(rig.Nodes, node => Assert.Empty(node.Watcher.TakeViolations()));
    }

    /// <summary>Counted by the load, since the gateway counts it.</summary>
    private static async Task<bool> ProxiesAsync(GatewayNode node)
    {
        await node.Load.SendAsync(new LoadPath("d/status/200", 200));
        return node.Load.TakeFailures().Count == 0;
    }
}
