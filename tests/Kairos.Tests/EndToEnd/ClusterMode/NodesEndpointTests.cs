using System.Text.Json;
using System.Text.RegularExpressions;
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

    [Fact]
    public async Task Health_names_a_gateway_and_a_silo_that_were_lost_and_none_that_stopped_by_itself()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 2, gateways: 2);
        var (asked, other) = (rig.Nodes[0], rig.Nodes[1]);
        await WaitForHealthAsync(asked, "healthy", "", nodes: (2, 2), silos: (2, 2));

        await GatewayFaults.StopAsync(rig, other);
        await WaitForStateAsync(asked, other.Id, "gone");
        Assert.True(await SaidGoodbyeAsync(asked, "nodes", "id", other.Id));
        await WaitForHealthAsync(asked, "healthy", "", nodes: (1, 1), silos: (2, 2));

        await other.StartAsync();
        await WaitForStateAsync(asked, other.Id, "live");
        await other.KillAsync();
        await WaitForHealthAsync(asked, "degraded", $"^Node {other.Id} was lost [0-9]+ s ago$", nodes: (1, 2), silos: (2, 2));
        Assert.False(await SaidGoodbyeAsync(asked, "nodes", "id", other.Id));

        await rig.StopAsync(rig.Silos[0]);
        await WaitForHealthAsync(asked, "degraded", $"^Node {other.Id} was lost [0-9]+ s ago$", nodes: (1, 2), silos: (1, 1));
        await rig.StartSiloAsync();
        var (killed, address) = (rig.Silos[0], $"{rig.Silos[0].Address}:{rig.Silos[0].Port}");
        await rig.KillAsync(killed);
        await WaitForHealthAsync(asked, "degraded", $"^Silo {address} was lost [0-9]+ s ago$", nodes: (1, 2), silos: (1, 2));
        Assert.False(await SaidGoodbyeAsync(asked, "silos", "address", address));
        Assert.Empty(rig.Problems);
    }

    /// <summary>Waits for a word with that many nodes and silos, and a reason; without a reason, for none at all.</summary>
    private static Task WaitForHealthAsync(GatewayNode asked, string word, string reason, (int Live, int Known) nodes, (int Active, int Known) silos)
    {
        JsonElement health = default;
        return Wait.UntilAsync(
            async () =>
            {
                health = await asked.Process.Http.GetApiAsync("health");
                var reasons = health.GetProperty("reasons").EnumerateArray().Select(r => r.GetString()!).ToArray();
                return health.GetProperty("health").GetString() == word
                    && (reason.Length == 0 ? reasons.Length == 0 : Array.Exists(reasons, r => Regex.IsMatch(r, reason)))
                    && (Count("nodes_live"), Count("nodes_known"), Count("silos_active"), Count("silos_known")) == (nodes.Live, nodes.Known, silos.Active, silos.Known);
            },
            () => $"{word}, '{reason}', {nodes}, {silos} at {asked.Id}; the last answer was {health}");

        int? Count(string field) => health.GetProperty(field) is { ValueKind: JsonValueKind.Number } count ? count.GetInt32() : null;
    }

    private static async Task<bool> SaidGoodbyeAsync(GatewayNode asked, string list, string key, string name) => (await asked.Process.Http.GetApiAsync("nodes"))
        .GetProperty(list).EnumerateArray().Single(entry => entry.GetProperty(key).GetString() == name).GetProperty("said_goodbye").GetBoolean();

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
