using System.Net.WebSockets;
using System.Text;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(SharedGateway.Name)]
public sealed class ProtocolLimitTests(SharedGateway shared)
{
    private const int MessageBytesMax = 4096;
    private const int MessagesMax = 10;
    private const string Subscription = """{"metrics":["success_rate"],"interval_seconds":60}""";

    [Fact]
    public async Task Message_of_4096_bytes_is_accepted()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);

        await client.SendAsync(Subscription.PadRight(MessageBytesMax));

        await client.ReceiveAsync(e => e.IsSnapshotOf("success_rate"), "the answer");
    }

    [Fact]
    public async Task Message_of_4097_bytes_closes_with_1009()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);

        await client.SendAsync(Subscription.PadRight(MessageBytesMax + 1));

        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task Fragments_of_4097_bytes_together_close_with_1009()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        var message = Encoding.UTF8.GetBytes(Subscription.PadRight(MessageBytesMax + 1));

        await client.SendAsync(message[..3000], WebSocketMessageType.Text, endOfMessage: false);
        await client.SendAsync(message[3000..], WebSocketMessageType.Text, endOfMessage: true);

        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task Ten_thousand_metric_names_close_with_1009()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        var names = string.Join(',', Enumerable.Repeat("\"requests_total\"", 10_000));

        try
        {
            await client.SendAsync($"{{\"metrics\":[{names}]}}");
        }
        catch (WebSocketException)
        {
            // The gateway need not take the rest once it knows.
        }

        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await client.WaitForCloseAsync());
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0x22, 0xC3, 0x28, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xED, 0xA0, 0x80, 0x22 })]
    [InlineData(new byte[] { 0x22, 0xE2, 0x82 })]
    public async Task Invalid_utf8_closes_with_1007(byte[] payload)
    {
        using var socket = await RawWebSocket.ConnectAsync(shared.Port);

        await socket.SendAsync(RawWebSocket.TextOpcode, payload);

        Assert.Equal(1007, await socket.ReadCloseCodeAsync());
    }

    [Fact]
    public async Task Ten_messages_in_ten_seconds_are_all_answered()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        var first = await client.ReceiveAsync();

        for (var i = 1; i < MessagesMax; i++)
            await client.SendAsync(Subscription);
        await client.SendAsync("""{"metrics":["requests_total"]}""");

        var later = await client.ReceiveAsync(
            e => e.IsSnapshotOf("requests_total") && e.Tick() >= first.Tick() + 2, "the last subscription at work");
        Assert.True(later.IsSnapshot());
    }

    [Fact]
    public async Task Flood_of_messages_gets_an_Error_then_1008()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);

        try
        {
            for (var i = 0; i < 3 * MessagesMax; i++)
                await client.SendAsync(Subscription);
        }
        catch (WebSocketException)
        {
            // Closed in the middle of the flood.
        }

        await client.ReceiveAsync(e => e.IsError(), "the error");
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, await client.WaitForCloseAsync());
    }
}
