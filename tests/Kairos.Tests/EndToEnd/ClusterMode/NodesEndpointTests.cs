using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(ClusterProcesses.Name)]
public sealed class NodesEndpointTests
{
    [Fact]
    public async Task Every_gateway_tells_which_gateways_live_drain_and_are_gone_and_which_silos_are_active()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 2, gateways: 2);
        var (asked, other) = (rig.Nodes[0], rig.Nodes[1]);
        foreach (var node in rig.Nodes)
        {
            await WaitForStateAsync(node, asked.Id, "live");
            await WaitForStateAsync(node, other.Id, "live");
            Assert.Equal(2, await CountActiveSilosAsync(node));
        }

        var stopping = GatewayFaults.StopAsync(rig, other);
        await WaitForStateAsync(asked, other.Id, "draining", "gone");
        await stopping;
        await WaitForStateAsync(asked, other.Id, "gone");

        await rig.KillAsync(rig.Silos[0]);
        await Wait.UntilAsync(async () => await CountActiveSilosAsync(asked) == 1, () => "a single active silo");
        await WaitForStateAsync(asked, asked.Id, "live");
        Assert.Empty(rig.Problems);
    }

    private static Task WaitForStateAsync(GatewayNode asked, string id, params string[] states)
    {
        var answer = "";
        return Wait.UntilAsync(
            async () =>
            {
                var nodes = await asked.Process.Http.GetApiAsync("nodes");
                answer = $"{nodes}";
                return nodes.GetProperty("nodes").EnumerateArray()
                    .Any(node => node.GetProperty("id").GetString() == id && states.Contains(node.GetProperty("state").GetString()));
            },
            () => $"{id} {string.Join(" or ", states)} at {asked.Id}; the last answer was {answer}");
    }

    private static async Task<int> CountActiveSilosAsync(GatewayNode asked) =>
        (await asked.Process.Http.GetApiAsync("nodes")).GetProperty("silos").EnumerateArray().Count(silo => silo.GetProperty("state").GetString() == "active");
}
