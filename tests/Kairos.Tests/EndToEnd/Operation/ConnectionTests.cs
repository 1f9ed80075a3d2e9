using System.Net;
using System.Net.WebSockets;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(OwnGateways.Name)]
public sealed class ConnectionTests
{
    [Fact]
    public async Task Reader_that_stands_still_and_one_that_vanishes_do_not_disturb_the_others()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var still = await RawWebSocket.ConnectAsync(rig.Gateway.Port, receiveBufferBytes: 1024);
        await still.SendTextAsync("""{"metrics":["*"],"include_history":true}""");
        using var vanishing = await RawWebSocket.ConnectAsync(rig.Gateway.Port);
        await vanishing.SendTextAsync("""{"metrics":["*"]}""");
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        var first = await client.ReceiveAsync();

        vanishing.Vanish();

        var ticks = new List<long> { first.Tick() };
        while (ticks.Count < 6)
            ticks.Add((await client.ReceiveSnapshotAsync()).Tick());
        Assert.Equal(ticks.Distinct().Order(), ticks);
        Assert.False(rig.Gateway.HasExited, rig.Gateway.Output);
        Assert.DoesNotContain("Unhandled", rig.Gateway.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Peer_that_answers_no_ping_is_dropped_and_one_that_does_stays()
    {
        await using var rig = await GatewayRig.StartAsync(
            "--Kairos:MetricsStream:PingInterval=00:00:01", "--Kairos:MetricsStream:PingTimeout=00:00:02");
        await using var answering = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        using var mute = await RawWebSocket.ConnectAsync(rig.Gateway.Port);

        await mute.ReadToEndAsync();

        var last = await answering.ReceiveAsync();
        await answering.ReceiveTickAsync(last.Tick() + 2);
    }

    [Fact]
    public async Task Sigterm_closes_with_1001_and_the_process_ends_well()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var subscribed = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        await subscribed.SendAsync("""{"metrics":[],"interval_seconds":60}""");
        await using var plain = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        await plain.ReceiveAsync();

        var start = TimeProvider.System.GetTimestamp();
        var exitCode = await rig.Gateway.TerminateAsync();
        var elapsed = TimeProvider.System.GetElapsedTime(start);

        Assert.Equal(0, exitCode);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, await subscribed.WaitForCloseAsync());
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, await plain.WaitForCloseAsync());
        // Ten seconds are promised; the rest is for a busy machine.
        Assert.True(elapsed < TimeSpan.FromSeconds(20), $"It took {elapsed}. Its output:\n{rig.Gateway.Output}");
    }

    [Fact]
    public async Task Sigterm_does_not_wait_for_clients_that_never_answer_the_close()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var mute = await RawWebSocket.ConnectAsync(rig.Gateway.Port);

        var start = TimeProvider.System.GetTimestamp();
        var exitCode = await rig.Gateway.TerminateAsync();
        var elapsed = TimeProvider.System.GetElapsedTime(start);

        Assert.Equal(0, exitCode);
        Assert.Equal((int)WebSocketCloseStatus.EndpointUnavailable, await mute.ReadCloseCodeAsync());
        Assert.True(elapsed < TimeSpan.FromSeconds(20), $"It took {elapsed}. Its output:\n{rig.Gateway.Output}");
    }

    [Theory]
    [InlineData("MaxConnections")]
    [InlineData("MaxConnectionsPerAddress")]
    public async Task Connection_over_the_limit_is_refused_with_503_until_one_ends(string limit)
    {
        await using var rig = await GatewayRig.StartAsync($"--Kairos:MetricsStream:{limit}=2");
        await using var first = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        var second = await MetricsClient.ConnectAsync(rig.Gateway.Port);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await MetricsClient.TryConnectAsync(rig.Gateway.Port));
        await second.DisposeAsync();

        await Wait.UntilAsync(
            async () => await MetricsClient.TryConnectAsync(rig.Gateway.Port) == HttpStatusCode.SwitchingProtocols,
            () => "room for another connection");
        var last = await first.ReceiveAsync();
        await first.ReceiveTickAsync(last.Tick() + 1);
    }

    [Fact]
    public async Task Foreign_origin_is_refused_with_403_and_an_allowed_one_let_in()
    {
        await using var rig = await GatewayRig.StartAsync("--Kairos:MetricsStream:AllowedOrigins:0=https://ops.example");

        Assert.Equal(HttpStatusCode.Forbidden, await TryConnectFromAsync(rig, "https://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, await TryConnectFromAsync(rig, "null"));
        Assert.Equal(HttpStatusCode.Forbidden, await TryConnectFromAsync(rig, $"http://127.0.0.1:{rig.Gateway.Port}.evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, await TryConnectFromAsync(rig, "http://127.0.0.1"));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await TryConnectFromAsync(rig, "https://ops.example"));
        // The gateway's own pages, the dashboard above all.
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await TryConnectFromAsync(rig, $"http://127.0.0.1:{rig.Gateway.Port}"));
    }

    [Fact]
    public async Task Heartbeat_comes_in_its_own_period_whatever_the_subscription()
    {
        await using var rig = await GatewayRig.StartAsync("--Kairos:MetricsStream:HeartbeatPeriod=00:00:01");
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        await client.SendAsync("""{"metrics":["requests_total"],"interval_seconds":60}""");

        var first = await client.ReceiveAsync(e => e.Type() == "Heartbeat", "a Heartbeat");
        var second = await client.ReceiveAsync(e => e.Type() == "Heartbeat", "another Heartbeat");

        Assert.Equal(["type", "timestamp"], first.FieldNames());
        Assert.True(second.Tick() > first.Tick());
    }

    [Fact]
    public async Task Plain_request_to_the_socket_is_refused_and_the_gateway_goes_on()
    {
        await using var rig = await GatewayRig.StartAsync();

        using var response = await rig.Gateway.Http.GetAsync("ws/metrics", TestContext.Current.CancellationToken);

        Assert.InRange((int)response.StatusCode, 400, 499);
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        (await client.ReceiveAsync()).AssertTotal(0);
    }

    private static Task<HttpStatusCode> TryConnectFromAsync(GatewayRig rig, string origin) =>
        MetricsClient.TryConnectAsync(rig.Gateway.Port, options => options.SetRequestHeader("Origin", origin));
}
