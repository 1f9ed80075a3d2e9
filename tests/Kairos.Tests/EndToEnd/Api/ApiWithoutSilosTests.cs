using System.Net;
using System.Text.Json;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>The HTTP API of a gateway of a cluster whose silos do not answer.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class ApiWithoutSilosTests
{
    [Fact]
    public async Task What_only_silos_know_is_answered_with_503_once_they_are_gone()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 1, gateways: 1);
        await rig.KillAsync([.. rig.Silos]);

        foreach (var request in new[] { "snapshot?scope=route/d", "snapshot?scope=route/other", "history?metric=requests_total", "scopes", "nodes", "sessions", "sessions/0123456789abcdef" })
            await rig.Nodes[0].Process.Http.GetProblemAsync(request, HttpStatusCode.ServiceUnavailable);

        JsonElement health = default;
        await Wait.UntilAsync(
            async () => (health = await rig.Nodes[0].Process.Http.GetApiAsync("health")).GetProperty("health").GetString() == "stalled",
            () => $"a stalled cluster; the last answer was {health}");
        Assert.Matches("^No new second for [0-9]+ s: no silo answers$", Assert.Single(health.GetProperty("reasons").EnumerateArray()).GetString());
        Assert.Equal(JsonValueKind.Null, health.GetProperty("nodes_known").ValueKind);
    }
}
