using System.Net;
using System.Net.WebSockets;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(OwnGateways.Name)]
public sealed class PassThroughTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Http11_request_and_response_pass_unchanged()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var content = new StringContent("a body", Encoding.UTF8, "text/x-test");

        using var response = await rig.Gateway.Http.PostAsync("d/echo?a=1&b=two", content, Cancelled);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("a body", await response.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("text/x-test", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("POST?a=1&b=two", Assert.Single(response.Headers.GetValues("X-Method-And-Query")));
    }

    [Fact]
    public async Task Trace_of_a_client_passes_unchanged_and_none_is_begun()
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await using var rig = await GatewayRig.StartAsync();
        using var traced = new HttpRequestMessage(HttpMethod.Get, "d/header/traceparent") { Headers = { { "traceparent", Trace } } };

        using var response = await rig.Gateway.Http.SendAsync(traced, Cancelled);

        Assert.Equal(Trace, await response.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("", await rig.Gateway.Http.GetStringAsync("d/header/traceparent", Cancelled));
    }

    [Fact]
    public async Task Unreachable_destination_gives_502_and_no_route_gives_404()
    {
        await using var rig = await GatewayRig.StartAsync();

        using var dead = await rig.Gateway.Http.GetAsync("dead/anything", Cancelled);
        using var unmatched = await rig.Gateway.Http.GetAsync("no-such-route", Cancelled);

        Assert.Equal(HttpStatusCode.BadGateway, dead.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unmatched.StatusCode);
    }

    [Fact]
    public async Task WebSocket_messages_pass_both_ways_and_so_does_the_close()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{rig.Gateway.Port}/d/ws"), Cancelled);

        var buffer = new byte[100];
        foreach (var text in new[] { "one", "two" })
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Cancelled);
            var echo = await socket.ReceiveAsync(buffer, Cancelled);
            Assert.Equal((text, WebSocketMessageType.Text), (Encoding.UTF8.GetString(buffer, 0, echo.Count), echo.MessageType));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancelled);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Fact]
    public async Task Grpc_unary_and_streaming_calls_pass_over_clear_text_Http2_and_are_counted()
    {
        await using var destination = await Destination.StartAsync(HttpProtocols.Http2);
        using var workspace = new Workspace();
        workspace.WriteSettings(ProxySettings.ToHttp2(destination.Address));
        var http2 = $"http://127.0.0.1:{FreePort.Next()}";
        await using var gateway = await GatewayProcess.StartAsync(workspace, $"--Kairos:Http2:Url={http2}");
        using var channel = GrpcChannel.ForAddress(http2);
        var echo = new Echo.EchoClient(channel);

        var said = await echo.SayAsync(new Words { Text = "hello" }, cancellationToken: Cancelled);
        using var repeat = echo.Repeat(new RepeatRequest { Text = "again", Times = 3 }, cancellationToken: Cancelled);
        var repeated = await repeat.ResponseStream.ReadAllAsync(Cancelled).Select(words => words.Text).ToListAsync(Cancelled);

        Assert.Equal("hello", said.Text);
        Assert.Equal(["again", "again", "again"], repeated);
        await using var client = await MetricsClient.ConnectAsync(gateway.Port);
        (await client.ReceiveSettledAsync(2)).AssertCounts(new Tally(2, 2, 0));
    }
}
