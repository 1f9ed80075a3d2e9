using System.Net.WebSockets;
using System.Text.Json;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>The metrics beyond the guide's by their values, in the stream and by HTTP.</summary>
[Collection(OwnGateways.Name)]
public sealed class ExtendedMetricsTests
{
    /// <summary>Two bytes beside the content of a frame, four more from the client.</summary>
    private const int SocketReceived = 6 + 3, SocketSent = 2 + 3, CloseReceived = 6 + 2, CloseSent = 2 + 2;

    private readonly List<JsonElement> _frames = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Known_traffic_gives_these_values_while_connections_are_open_and_after()
    {
        await using var late = new RawDestination("", RawEnd.Keep);
        await using var broken = new RawDestination("", RawEnd.Close);
        await using var rig = await GatewayRig.StartAsync(
        [
            .. Route("late", $"{late.Address}", "HttpRequest:ActivityTimeout=00:00:00.2"),
            .. Route("broken", $"{broken.Address}"),
            .. Route(
                "sick", ProxySettings.DeadAddress,
                "HealthCheck:Active:Enabled=true", "HealthCheck:Active:Interval=00:00:00.1", "HealthCheck:AvailableDestinationsPolicy=HealthyAndUnknown"),
        ]);
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        await client.SendAsync("""{"metrics":["*"]}""");
        _frames.Add(await client.ReceiveAsync(e => e.TryGetProperty("bytes_sent", out _), "the answer"));
        _frames[0].AssertTotal(0);

        await SendAsync(rig.Gateway.Http);
        using var one = await OpenSocketAsync(rig.Gateway.Port);
        using var two = await OpenSocketAsync(rig.Gateway.Port);
        using var events = await rig.Gateway.Http.GetAsync("d/sse", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        var open = new Dictionary<string, long>
        {
            ["requests_total"] = 16,
            ["responses_1xx"] = 0,
            ["responses_2xx"] = 4,
            ["responses_3xx"] = 2,
            ["responses_4xx"] = 3,
            ["responses_5xx"] = 7,
            ["bytes_received"] = 1_234 + (2 * SocketReceived),
            ["bytes_sent"] = 1_234 + (2 * 3_000) + 100_000 + (2 * SocketSent) + "data: begun\n\n".Length,
            ["destination_errors_connect"] = 3,
            ["destination_errors_timeout"] = 1,
            ["destination_errors_reset"] = 2,
            ["active_connections"] = 3,
            ["upgraded_connections"] = 2,
            ["gateways_reporting"] = 1,
            ["destinations_total"] = 5,
            ["destinations_healthy"] = 4,
        };
        await AssertShownAsync(client, rig.Gateway.Http, open);
        // Those of the two sockets, of the events and of the client that watches.
        Assert.InRange(_frames[^1].Count("client_connections"), 4, long.MaxValue);

        foreach (var socket in new[] { one, two })
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancelled);
        rig.Destination.EndStreams();
        var closed = new Dictionary<string, long>(open)
        {
            ["requests_total"] = open["requests_total"] + 3,
            ["responses_1xx"] = 2,
            ["responses_2xx"] = open["responses_2xx"] + 1,
            ["bytes_received"] = open["bytes_received"] + (2 * CloseReceived),
            ["bytes_sent"] = open["bytes_sent"] + (2 * CloseSent) + "data: ended\n\n".Length,
            ["active_connections"] = 0,
            ["upgraded_connections"] = 0,
        };
        await AssertShownAsync(client, rig.Gateway.Http, closed);
        AssertRatesAddUp();
    }

    /// <summary>A route and its cluster, as arguments of a gateway.</summary>
    private static string[] Route(string id, string address, params string[] settings) =>
    [
        $"--ReverseProxy:Routes:{id}:ClusterId={id}", $"--ReverseProxy:Routes:{id}:Match:Path=/{id}",
        $"--ReverseProxy:Clusters:{id}:Destinations:d1:Address={address}", .. settings.Select(setting => $"--ReverseProxy:Clusters:{id}:{setting}"),
    ];

    /// <summary>16 requests that are complete when this is.</summary>
    private static async Task SendAsync(HttpClient http)
    {
        string[] paths =
        [
            "d/bytes/3000", "d/bytes/3000", "d/bytes/100000", "d/status/301", "d/status/301", "d/status/404", "d/status/404", "no-such-route",
            "d/status/500", "late", "broken", "broken", "dead/any", "dead/any", "dead/any",
        ];
        Assert.Equal(new Tally(15, 3, 10), await Traffic.SendAsync(http, paths.Length, paths, Cancelled));
        using var content = new ByteArrayContent(new byte[1_234]);
        using var echoed = await http.PostAsync("d/echo", content, Cancelled);
        Assert.Equal(1_234, (await echoed.Content.ReadAsByteArrayAsync(Cancelled)).Length);
    }

    /// <summary>A WebSocket through the gateway over which three bytes have gone to and fro.</summary>
    private static async Task<ClientWebSocket> OpenSocketAsync(int port)
    {
        var socket = new ClientWebSocket();
        // Its pongs, which nobody asks for, would count.
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/d/ws"), Cancelled);
        await socket.SendAsync("one"u8.ToArray(), WebSocketMessageType.Text, true, Cancelled);
        await socket.ReceiveAsync(new byte[10], Cancelled);
        return socket;
    }

    /// <summary>The stream comes to these values and stays there for two seconds; the API then has the same.</summary>
    private async Task AssertShownAsync(MetricsClient client, HttpClient http, Dictionary<string, long> expected)
    {
        Dictionary<string, long> ValuesOf(JsonElement metrics) => expected.Keys.ToDictionary(name => name, name => metrics.Count(name));

        var reached = await client.ReceiveAsync(
            e =>
            {
                if (e.IsSnapshot())
                    _frames.Add(e);
                return e.IsSnapshot() && expected.All(metric => e.Count(metric.Key) == metric.Value);
            },
            string.Join(", ", expected));
        while (_frames[^1].Tick() < reached.Tick() + 2)
            _frames.Add(await client.ReceiveSnapshotAsync());
        Assert.Equal(expected, ValuesOf(_frames[^1]));
        Assert.Equal(expected, ValuesOf((await http.GetApiAsync("snapshot")).GetProperty("metrics")));
    }

    /// <summary>What rates tell of each second is in all what was counted.</summary>
    private void AssertRatesAddUp()
    {
        foreach (var (rate, counter) in new[]
        {
            ("requests_per_second", "requests_total"), ("errors_per_second", "requests_error"),
            ("bytes_received_per_second", "bytes_received"), ("bytes_sent_per_second", "bytes_sent"),
        })
        {
            var sum = _frames.Zip(_frames.Skip(1)).Sum(pair => pair.Second.GetProperty(rate).GetDouble() * (pair.Second.Tick() - pair.First.Tick()));
            // Rates have two decimals.
            Assert.Equal(_frames[^1].Count(counter), sum, 0.5);
        }
    }
}
