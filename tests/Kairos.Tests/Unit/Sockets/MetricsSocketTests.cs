using System.Net.WebSockets;
using System.Text;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>One connection: what it answers, and what it refuses.</summary>
public sealed class MetricsSocketTests : IAsyncDisposable
{
    private const long T = Make.Tick;
    private const string Valid = "{\"metrics\":[\"requests_total\"]}";

    private readonly SocketBed _bed = new();

    [Fact]
    public async Task Connect_AtOnce_GetsASnapshotWithTheGuidesSixFields()
    {
        var snapshot = await _bed.Connect().ReceiveAsync();
        Assert.Equal(
            ["type", "timestamp", "requests_total", "requests_success", "requests_error", "active_connections", "avg_response_time", "success_rate"],
            snapshot.EnumerateObject().Select(field => field.Name));
    }

    [Fact]
    public async Task Subscribe_ChosenMetrics_AreAloneInTheAnswer()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync("{\"metrics\":[\"success_rate\",\"requests_total\"]}");
        Assert.Equal(["type", "timestamp", "requests_total", "success_rate"], (await peer.ReceiveAsync()).EnumerateObject().Select(field => field.Name));
        Assert.Equal(["requests_total", "success_rate"], peer.Socket.Subscription.ToSubscription().Metrics);
    }

    [Fact]
    public async Task Subscribe_WithSnapshotFull_KeepsTheGuidesFields()
    {
        var peer = _bed.Connect(keepGuideFields: true);
        await peer.ReceiveAsync();
        await peer.SendAsync(Valid);
        Assert.Equal(8, (await peer.ReceiveAsync()).EnumerateObject().Count());
    }

    [Fact]
    public async Task Subscribe_AMistake_LeavesConnectionAndSubscription()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SubscribeAsync("\"requests_total\"", 2);
        await peer.SendAsync("{\"interval_seconds\":5}");
        Assert.Equal("Invalid subscription: missing field `metrics`", await peer.ReceiveErrorAsync());
        _bed.Publish(T + 1, T + 2);
        var snapshot = await peer.ReceiveAsync();
        Assert.Equal(3, snapshot.EnumerateObject().Count());
        Assert.Equal(1, _bed.Measured["kairos.sockets.messages.refused"]);
    }

    [Fact]
    public async Task Subscribe_HalfACharacterInAName_IsAMistakeLikeAnyOther()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync("{\"metrics\":[\"\\ud800\"]}");
        Assert.StartsWith("Invalid subscription: ", await peer.ReceiveErrorAsync(), StringComparison.Ordinal);
        Assert.Equal(T, await peer.SubscribeAsync("", 1));
    }

    [Fact]
    public async Task Subscribe_WithHistory_GetsItBeforeTheSnapshot()
    {
        _bed.Series.Points = [new HistoryPoint(T - 1, 1, Make.Counters(5), default, default, null), new HistoryPoint(T, 1, Make.Counters(7), default, default, null)];
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync("{\"metrics\":[\"success_rate\",\"requests_total\"],\"include_history\":true}");
        foreach (var metric in new[] { "requests_total", "success_rate" })
        {
            var series = await peer.ReceiveAsync();
            Assert.Equal(("TimeSeries", metric), (series.GetProperty("type").GetString(), series.GetProperty("metric_name").GetString()));
            Assert.Equal(2, series.GetProperty("data_points").GetArrayLength());
        }

        Assert.Equal(T, await peer.ReceiveTickAsync());

        // Read once a tick, however many ask.
        await peer.SendAsync("{\"metrics\":[\"requests_error\"],\"include_history\":true}");
        await peer.ReceiveAsync();
        Assert.Single(_bed.Series.HistoryQueries);
    }

    [Fact]
    public async Task Subscribe_HistoryIsNotThere_SaysSoAndGoesOn()
    {
        _bed.Series.Points = null;
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync("{\"metrics\":[],\"include_history\":true}");
        Assert.Equal("History is not available now; the subscription goes on without it, ask again later", await peer.ReceiveErrorAsync());
        Assert.Equal(T, await peer.ReceiveTickAsync());
    }

    [Fact]
    public async Task Receive_ABinaryMessage_IsAMistake()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync(Encoding.UTF8.GetBytes(Valid), WebSocketMessageType.Binary, endOfMessage: true);
        Assert.Equal("Invalid subscription: a binary message; send JSON in a text message", await peer.ReceiveErrorAsync());
    }

    [Fact]
    public async Task Receive_AFragmentedMessage_IsTakenAsAWhole()
    {
        var peer = await _bed.ConnectAndReadAsync();
        for (var i = 0; i < Valid.Length; i++)
            await peer.SendAsync(Encoding.UTF8.GetBytes(Valid[i..(i + 1)]), WebSocketMessageType.Text, endOfMessage: i == Valid.Length - 1);
        Assert.Equal(T, await peer.ReceiveTickAsync());
    }

    [Fact]
    public async Task Receive_ThelongestMessage_IsTakenAndOneByteMoreCloses()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync(Valid.PadRight(4_096));
        Assert.Equal(T, await peer.ReceiveTickAsync());

        await peer.SendAsync(Valid.PadRight(4_097));
        Assert.Equal(0, await peer.ReceiveCloseAsync());
        Assert.Equal((1009, "A message has at most 4096 bytes"), peer.Closed);
        await peer.CloseOutputAsync();
        await peer.EndAsync();
        Assert.Equal(1, _bed.Measured["kairos.sockets.closed/message_too_big"]);
    }

    [Fact]
    public async Task Receive_AnEmptyMessage_IsAMistake()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync("");
        Assert.StartsWith("Invalid subscription: not valid JSON", await peer.ReceiveErrorAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Receive_InvalidUtf8_ClosesWith1007()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync([(byte)'"', 0xC3, 0x28, (byte)'"'], WebSocketMessageType.Text, endOfMessage: true);
        await peer.ReceiveCloseAsync();
        Assert.Equal(1007, peer.Closed.Status);
    }

    [Fact]
    public async Task Receive_MoreMessagesThanAllowed_FirstAnErrorThenClosesWith1008()
    {
        var peer = await _bed.ConnectAndReadAsync();
        for (var i = 0; i < 10; i++)
            await peer.SubscribeAsync("", 1);
        await peer.SendAsync(Valid);
        Assert.StartsWith("Too many messages: at most 10 in 10 s", await peer.ReceiveErrorAsync(), StringComparison.Ordinal);
        Assert.Equal(6, peer.Socket.Subscription.Metrics.Count);
        await peer.SendAsync(Valid);
        Assert.Equal(0, await peer.ReceiveCloseAsync());
        Assert.Equal((1008, "Too many messages"), peer.Closed);
    }

    [Fact]
    public async Task Receive_MessagesSpreadOverTime_AreAllAnswered()
    {
        var peer = await _bed.ConnectAndReadAsync();
        for (var i = 0; i < 25; i++)
        {
            await peer.SubscribeAsync("", 1);
            _bed.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();
}
