using System.Text.Json;
using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>One connection of a gateway whose routes change, by what it is sent: every kind of event, and none that the schemas do not know.</summary>
[Collection(OwnGateways.Name)]
public sealed class ScopeNoticeTests
{
    [Fact]
    public async Task Route_that_disappears_is_told_once_beside_every_other_event()
    {
        await using var rig = await GatewayRig.StartAsync("--Kairos:MetricsStream:HeartbeatPeriod=00:00:01", "--Kairos:MetricsStream:MaxSubscriptionsPer10Seconds=1000");
        rig.Workspace.WriteSettings(ProxySettings.To(rig.Destination.Address, new ProxyRoute("x", "/x/{**rest}", "d")));
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        var seen = new List<JsonElement>();
        Task<JsonElement> NextAsync(params string[] types) => WireSchemaTests.ReceiveValidAsync(client, e =>
        {
            seen.Add(e);
            return types.Contains(e.Type());
        });

        // Until the gateway has read its file again the route is unknown.
        JsonElement answer;
        do
        {
            await client.SendAsync("""{"metrics":["*"],"scope":{"route":"x"},"include_history":true,"top":{"of":"routes","by":"requests_per_second"}}""");
            answer = await NextAsync("TimeSeries", "Error");
        }
        while (answer.IsError());

        await NextAsync("TopN");
        await NextAsync("Heartbeat");
        rig.Workspace.WriteSettings(ProxySettings.To(rig.Destination.Address));
        var notice = (await NextAsync("Error")).Message();
        for (var i = 0; i < 3; i++)
            await NextAsync("Snapshot");

        Assert.Equal("""Scope {"route":"x"} has disappeared: the configuration of this node has no such route any more; snapshots go on, with what other nodes may still count""", notice);
        Assert.Single(seen, e => e.IsError() && e.Message() == notice);
        Assert.Equal(WireSchemas.Default.ServerMessages.Keys.Order(), seen.Select(e => e.Type()).Distinct().Order());
    }
}
