using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(OwnGateways.Name)]
public sealed class DemoTests
{
    [Fact]
    public async Task Demo_shows_rising_totals_though_nobody_sends_anything()
    {
        using var workspace = new Workspace();
        await using var gateway = await GatewayProcess.StartAsync(workspace, "--demo");
        await using var client = await MetricsClient.ConnectAsync(gateway.Port);

        var first = await client.ReceiveAsync(e => e.IsSnapshot() && e.Total() > 0, "a first demo request");
        var second = await client.ReceiveAsync(e => e.Total() > first.Total(), "more demo requests");
        // Some of them fail, as the demo says.
        await client.ReceiveAsync(e => e.Count("requests_error") > 0, "a failing demo request");

        Assert.True(second.Count("requests_success") > 0);
    }
}
