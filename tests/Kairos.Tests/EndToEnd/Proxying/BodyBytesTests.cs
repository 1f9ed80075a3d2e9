using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(OwnGateways.Name)]
public sealed class BodyBytesTests
{
    private const int Large = 1_000_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bodies_of_announced_length_count_in_full()
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));

        // Small and large in turn: what one request is measured with serves the next.
        int[] sizes = [0, Large, 1_000, 65_536, 65_537, 0, Large, 10];
        foreach (var size in sizes)
        {
            using var content = new ByteArrayContent(new byte[size]);
            using var echoed = await proxy.Http.PostAsync("d/echo", content, Cancelled);
            Assert.Equal(size, (await echoed.Content.ReadAsByteArrayAsync(Cancelled)).Length);
            Assert.Equal(size, (await proxy.Http.GetByteArrayAsync($"d/bytes/{size}", Cancelled)).Length);
        }

        var counted = await proxy.CompletedAsync(2 * sizes.Length);
        Assert.Equal((sizes.Sum(), 2L * sizes.Sum()), (counted.BytesReceived, counted.BytesSent));
        Assert.Equal(2 * sizes.Length, counted.Responses2xx);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(Large)]
    public async Task Bodies_of_unknown_length_count_what_passes(int bytes)
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));
        using var request = new HttpRequestMessage(HttpMethod.Post, "d/echo") { Content = new ByteArrayContent(new byte[bytes]) };
        request.Headers.TransferEncodingChunked = true;

        using var response = await proxy.Http.SendAsync(request, Cancelled);

        Assert.True(response.Headers.TransferEncodingChunked);
        var counted = await proxy.CompletedAsync(1);
        Assert.Equal((bytes, bytes), (counted.BytesReceived, counted.BytesSent));
    }

    [Fact]
    public async Task Grpc_messages_count_with_their_prefixes()
    {
        await using var destination = await Destination.StartAsync(HttpProtocols.Http2);
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.ToHttp2(destination.Address), HttpProtocols.Http2);
        using var channel = GrpcChannel.ForAddress(proxy.Address);
        var echo = new Echo.EchoClient(channel);

        await echo.SayAsync(new Words { Text = "hello" }, cancellationToken: Cancelled);
        using var repeat = echo.Repeat(new RepeatRequest { Text = "again", Times = 3 }, cancellationToken: Cancelled);
        await repeat.ResponseStream.ReadAllAsync(Cancelled).CountAsync(Cancelled);

        // A message has a prefix of 5 bytes, each of its fields 2 bytes beside a text.
        var counted = await proxy.CompletedAsync(2, "grpc");
        Assert.Equal((12 + 14, 12 + (3 * 12)), (counted.BytesReceived, counted.BytesSent));
    }

    [Fact]
    public async Task A_response_to_HEAD_has_no_body_whatever_its_length_says()
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));
        foreach (var bytes in new[] { 1_000, Large })
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, $"d/bytes/{bytes}");
            using var response = await proxy.Http.SendAsync(request, Cancelled);
            Assert.Equal(bytes, response.Content.Headers.ContentLength);
        }

        Assert.Equal(new RequestCounters(0, 2, 0, 0, 0, 0, 0, 0), WithoutTime(await proxy.CompletedAsync(2)));
    }

    [Fact]
    public async Task A_response_304_has_no_body_whatever_its_length_says()
    {
        await using var destination = new RawDestination("HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", RawEnd.Close);
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));

        using var response = await proxy.Http.GetAsync("d/any", Cancelled);

        Assert.Equal(500, response.Content.Headers.ContentLength);
        Assert.Equal(new RequestCounters(0, 0, 1, 0, 0, 0, 0, 0), WithoutTime(await proxy.CompletedAsync(1)));
    }

    [Fact]
    public async Task An_event_stream_counts_while_it_is_open()
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));

        using var response = await proxy.Http.GetAsync("d/sse", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        var open = await proxy.CountedAsync(counted => counted.BytesSent > 0);
        Assert.Equal((0, "data: begun\n\n".Length), (open.Requests, open.BytesSent));
        destination.EndStreams();

        Assert.Equal("data: begun\n\ndata: ended\n\n".Length, (await proxy.CompletedAsync(1)).BytesSent);
    }

    [Theory]
    [InlineData(Large, 5)]
    [InlineData(100, 0)]
    public async Task A_download_that_the_client_leaves_counts_what_passed_and_nothing_if_small(int announced, int counts)
    {
        await using var destination = new RawDestination($"HTTP/1.1 200 OK\r\nContent-Length: {announced}\r\n\r\nbegun", RawEnd.Keep);
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));

        var response = await proxy.Http.GetAsync("d/any", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        response.Dispose();

        var counted = await proxy.CompletedAsync(1);
        Assert.Equal((1, counts), (counted.Responses4xx, counted.BytesSent));
    }

    [Fact]
    public async Task An_upload_that_the_client_leaves_counts_what_passed_even_before_it_left()
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));
        using (var client = new TcpClient())
        {
            await client.ConnectAsync("127.0.0.1", proxy.Address.Port, Cancelled);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /d/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"), Cancelled);
            await client.GetStream().WriteAsync(new byte[Large], Cancelled);
            var open = await proxy.CountedAsync(counted => counted.BytesReceived == Large);
            Assert.Equal(0, open.Requests);
        }

        var counted = await proxy.CompletedAsync(1);
        Assert.Equal((1, Large), (counted.Responses4xx, counted.BytesReceived));
    }

    [Fact]
    public async Task Multipart_uploads_count_their_boundaries_too()
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));
        using var form = new MultipartFormDataContent();
        using var file = new ByteArrayContent(new byte[Large]) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        form.Add(file, "file", "file.bin");
        var length = form.Headers.ContentLength;

        using var response = await proxy.Http.PostAsync("d/echo", form, Cancelled);

        Assert.Equal(length, (await proxy.CompletedAsync(1)).BytesReceived);
    }

    /// <summary>All but the time that it took.</summary>
    private static RequestCounters WithoutTime(RequestCounters counted) => counted with { TimedRequests = 0, DurationMicroseconds = 0 };
}
