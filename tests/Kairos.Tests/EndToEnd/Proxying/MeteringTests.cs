using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(OwnGateways.Name)]
public sealed class MeteringTests
{
    private const int QuickRequests = 20;
    private static readonly string[] QuickPaths = ["d/status/200"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_abort_in_mid_response_counts_as_an_error()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);

        var response = await rig.Gateway.Http.GetAsync("d/hang", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        await client.ReceiveAsync(e => e.Count("active_connections") == 1, "the request in progress");
        response.Dispose();

        (await client.ReceiveSettledAsync(1)).AssertCounts(new Tally(1, 0, 1));
    }

    [Fact]
    public async Task Destination_that_breaks_off_its_response_counts_as_an_error()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);

        await Assert.ThrowsAsync<HttpRequestException>(() => rig.Gateway.Http.GetByteArrayAsync("d/abort", Cancelled));

        (await client.ReceiveSettledAsync(1)).AssertCounts(new Tally(1, 0, 1));
    }

    [Fact]
    public async Task Proxied_WebSocket_is_active_while_open_and_does_not_move_the_mean()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        var before = await SendQuickRequestsAsync(rig, client);

        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{rig.Gateway.Port}/d/ws"), Cancelled);
        await AssertActiveForAWhileAsync(client, before);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancelled);

        var after = await client.ReceiveSettledAsync(QuickRequests + 1);
        // 101 is neither success nor error.
        after.AssertCounts(new Tally(QuickRequests + 1, QuickRequests, 0));
        AssertSameMean(before, after);
    }

    [Fact]
    public async Task Event_stream_is_active_while_open_and_does_not_move_the_mean()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        var before = await SendQuickRequestsAsync(rig, client);

        using var response = await rig.Gateway.Http.GetAsync("d/sse", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        await using var body = await response.Content.ReadAsStreamAsync(Cancelled);
        var begun = new byte["data: begun\n\n".Length];
        await body.ReadExactlyAsync(begun, Cancelled);
        Assert.Equal("data: begun\n\n", Encoding.ASCII.GetString(begun));
        await AssertActiveForAWhileAsync(client, before);
        rig.Destination.EndStreams();
        using var rest = new StreamReader(body);
        Assert.Equal("data: ended\n\n", await rest.ReadToEndAsync(Cancelled));

        var after = await client.ReceiveSettledAsync(QuickRequests + 1);
        after.AssertCounts(new Tally(QuickRequests + 1, QuickRequests + 1, 0));
        AssertSameMean(before, after);
    }

    private static async Task<JsonElement> SendQuickRequestsAsync(GatewayRig rig, MetricsClient client)
    {
        var sent = await Traffic.SendAsync(rig.Gateway.Http, QuickRequests, QuickPaths, Cancelled);
        return await client.ReceiveSettledAsync(sent.Total);
    }

    /// <summary>Long enough to move a mean over few quick requests, and not counted as completed meanwhile.</summary>
    private static async Task AssertActiveForAWhileAsync(MetricsClient client, JsonElement before)
    {
        var active = await client.ReceiveAsync(e => e.Count("active_connections") == 1, "the open stream");
        var later = await client.ReceiveTickAsync(active.Tick() + 3);
        Assert.Equal(1, later.Count("active_connections"));
        Assert.Equal(before.Total(), later.Total());
    }

    private static void AssertSameMean(JsonElement before, JsonElement after)
    {
        Assert.Equal(0, after.Count("active_connections"));
        Assert.Equal(
            before.GetProperty("avg_response_time").GetDouble(), after.GetProperty("avg_response_time").GetDouble());
    }
}
