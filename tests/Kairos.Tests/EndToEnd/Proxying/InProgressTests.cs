using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(OwnGateways.Name)]
public sealed class InProgressTests
{
    private static readonly ProxyRoute Other = new("other", "/other/{**rest}", "d");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_in_progress_are_known_by_route_and_by_destination()
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address, Other));
        Assert.Empty(proxy.Gauges.ReadInFlight());

        string[] paths = ["d/hang", "other/hang", "other/hang"];
        var open = await Task.WhenAll(paths.Select(path => proxy.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Cancelled)));

        Assert.Equal(3, proxy.Gauges.Read().InFlight);
        Assert.Equal(
            [(new SeriesKey("", "d", "d1"), 3), (new SeriesKey("d", "", ""), 1), (new SeriesKey("other", "", ""), 2)],
            proxy.Gauges.ReadInFlight().Select(series => (series.Key, series.InFlight)).OrderBy(series => series.Key.Route, StringComparer.Ordinal));

        foreach (var response in open)
            response.Dispose();
        await proxy.GaugesAsync(gauges => gauges.InFlight == 0);
        Assert.Empty(proxy.Gauges.ReadInFlight());
    }

    [Fact]
    public async Task Gauges_have_the_destinations_and_the_connections_of_clients_of_this_host_alone()
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));
        Assert.Equal(new Gauges(0, Destinations: 2, DestinationsHealthy: 2, Gateways: 1), proxy.Gauges.Read());

        await proxy.Http.GetByteArrayAsync("d/bytes/1", Cancelled);
        await proxy.GaugesAsync(gauges => gauges is { InFlight: 0, ClientConnections: 1 });
        proxy.Http.Dispose();
        await proxy.GaugesAsync(gauges => gauges.ClientConnections == 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Upgraded_connections_are_known_while_open_and_their_bytes_count_at_once(int httpVersion)
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(
            ProxySettings.To(destination.Address), httpVersion == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = new Version(httpVersion, httpVersion == 2 ? 0 : 1);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{proxy.Address.Port}/d/ws"), invoker, Cancelled);
        await proxy.GaugesAsync(gauges => gauges is { InFlight: 1, Upgraded: 1 });
        await socket.SendAsync("one"u8.ToArray(), WebSocketMessageType.Text, true, Cancelled);
        await socket.ReceiveAsync(new byte[10], Cancelled);

        // A frame has 2 bytes beside its content, and 4 more from the client.
        var open = await proxy.CountedAsync(counted => counted.BytesSent > 0);
        Assert.Equal((0, 9, 5), (open.Requests, open.BytesReceived, open.BytesSent));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancelled);

        var counted = await proxy.CompletedAsync(1);
        Assert.Equal((0, 9 + 8, 5 + 4), (counted.TimedRequests, counted.BytesReceived, counted.BytesSent));
        await proxy.GaugesAsync(gauges => gauges is { InFlight: 0, Upgraded: 0 });
    }

    [Fact]
    public async Task An_upgrade_that_the_destination_refuses_is_an_ordinary_request()
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));
        using var socket = new ClientWebSocket();

        await Assert.ThrowsAsync<WebSocketException>(
            () => socket.ConnectAsync(new Uri($"ws://127.0.0.1:{proxy.Address.Port}/d/status/403"), Cancelled));

        var counted = await proxy.CompletedAsync(1);
        Assert.Equal((1, 1), (counted.Responses4xx, counted.TimedRequests));
        Assert.Equal(0, proxy.Gauges.Read().Upgraded);
    }

    [Fact]
    public async Task A_request_without_a_route_is_in_progress_nowhere_but_on_the_node()
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));

        var held = proxy.Http.GetAsync(MeteredProxy.HeldPath, Cancelled);
        await proxy.GaugesAsync(gauges => gauges.InFlight == 1);
        Assert.Empty(proxy.Gauges.ReadInFlight());
        proxy.Release();

        using var response = await held;
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(1, (await proxy.CompletedAsync(1, "")).Responses4xx);
        await proxy.GaugesAsync(gauges => gauges.InFlight == 0);
    }
}
