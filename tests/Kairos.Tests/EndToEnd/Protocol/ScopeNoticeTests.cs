using System.Text.Json;
using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>One connection of a gateway whose routes change, by what it is sent: every kind of event, and none that the schemas do not know.</summary>
[Collection(OwnGateways.Name)]
public sealed class ScopeNoticeTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Route_that_disappears_is_told_once_beside_every_other_event_and_its_total_stays()
    {
        await using var rig = await GatewayRig.CreateAsync();
        rig.Workspace.WriteSettings(ProxySettings.To(rig.Destination.Address, new ProxyRoute("orders", "/orders/{**rest}", "d")));
        await rig.StartGatewayAsync("--Kairos:MetricsStream:HeartbeatPeriod=00:00:01");
        await Traffic.SendAsync(rig.Gateway.Http, 5, ["orders/1"], Cancelled);
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port, "?session=new");
        var seen = new List<JsonElement>();
        Task<JsonElement> NextAsync(string type, long total = 0) => client.ReceiveValidAsync(e =>
        {
            seen.Add(e);
            return e.Type() == type && (total == 0 || e.Total() == total);
        });

        await client.SendAsync("""{"metrics":["*"],"scope":{"route":"orders"},"include_history":true,"top":{"of":"routes","by":"requests_per_second"}}""");
        foreach (var type in new[] { "TimeSeries", "TopN", "Heartbeat" })
            await NextAsync(type);
        await NextAsync("Snapshot", total: 5);
        rig.Workspace.WriteSettings(ProxySettings.To(rig.Destination.Address));
        var notice = (await NextAsync("Error")).Message();
        for (var i = 0; i < 3; i++)
            (await NextAsync("Snapshot")).AssertTotal(5);

        Assert.Equal("""Scope {"route":"orders"} has disappeared: the configuration of this node has no such route any more; snapshots go on, with what other nodes may still count""", notice);
        Assert.Single(seen, e => e.IsError());
        Assert.Equal(WireSchemas.Default.ServerMessages.Keys.Order(), seen.Select(e => e.Type()).Distinct().Order());
    }
}
