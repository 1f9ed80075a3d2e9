using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Which snapshots reach a socket.</summary>
public sealed class SnapshotHubTests : IAsyncDisposable
{
    private const long T = Make.Tick;

    private readonly SocketBed _bed = new();

    [Fact]
    public async Task Publish_WithoutASubscription_SendsEverySecond()
    {
        var peer = await _bed.ConnectAndReadAsync();
        for (var tick = T + 1; tick <= T + 3; tick++)
        {
            _bed.Publish(tick);
            Assert.Equal(tick, await peer.ReceiveTickAsync());
        }
    }

    [Fact]
    public async Task Publish_AnsweredAtATick_SendsAtWholeIntervalsFromThere()
    {
        var peer = await _bed.ConnectAndReadAsync();
        _bed.Publish(T + 1);
        await peer.ReceiveTickAsync();
        Assert.Equal(T + 1, await peer.SubscribeAsync("", 3));
        _bed.Publish(T + 2, T + 3, T + 4);
        Assert.Equal(T + 4, await peer.ReceiveTickAsync());
        _bed.Publish(T + 5, T + 6, T + 7);
        Assert.Equal(T + 7, await peer.ReceiveTickAsync());
    }

    [Fact]
    public async Task Publish_TheTickOfATurnIsMissing_TheNextOneTakesItsPlaceAndTheTurnsStay()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SubscribeAsync("", 3);
        _bed.Publish(T + 2, T + 5);
        Assert.Equal(T + 5, await peer.ReceiveTickAsync());
        _bed.Publish(T + 6);
        Assert.Equal(T + 6, await peer.ReceiveTickAsync());

        // Several turns missed make one frame.
        _bed.Publish(T + 100);
        Assert.Equal(T + 100, await peer.ReceiveTickAsync());
        _bed.Publish(T + 101, T + 102);
        Assert.Equal(T + 102, await peer.ReceiveTickAsync());
    }

    [Fact]
    public async Task Publish_ANewGenerationWhoseClockIsBehind_GoesOnFromThere()
    {
        var peer = await _bed.ConnectAndReadAsync();
        _bed.Publish(T + 100);
        Assert.Equal(T + 100, await peer.ReceiveTickAsync());
        Assert.True(_bed.Hub.Publish(Make.Snapshot(T + 40, generation: 2)));
        Assert.Equal(T + 40, await peer.ReceiveTickAsync());

        // The generation that lost may still publish for a while.
        Assert.False(_bed.Hub.Publish(Make.Snapshot(T + 101)));
        Assert.True(_bed.Hub.Publish(Make.Snapshot(T + 41, generation: 2)));
        Assert.Equal(T + 41, await peer.ReceiveTickAsync());
    }

    [Fact]
    public async Task Join_AnotherSubscription_EndsTheOneBefore()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SubscribeAsync("\"requests_total\"", 1);
        await peer.SubscribeAsync("\"requests_error\"", 2);
        _bed.Publish(T + 1, T + 2);
        var snapshot = await peer.ReceiveAsync();
        Assert.Equal(["type", "timestamp", "requests_error"], snapshot.EnumerateObject().Select(field => field.Name));
        Assert.Equal("2023-11-14T22:13:22Z", snapshot.GetProperty("timestamp").GetString());
        _bed.Publish(T + 3, T + 4);
        Assert.Equal(T + 4, await peer.ReceiveTickAsync());
    }

    [Fact]
    public async Task Publish_ManySubscriptions_EachGetsItsOwn()
    {
        var every = await _bed.ConnectAndReadAsync();
        var second = await _bed.ConnectAndReadAsync();
        var other = await _bed.ConnectAndReadAsync();
        await second.SubscribeAsync("", 2);
        await other.SubscribeAsync("\"requests_total\"", 2);
        _bed.Publish(T + 1);
        Assert.Equal(T + 1, await every.ReceiveTickAsync());
        _bed.Publish(T + 2);
        Assert.Equal(T + 2, await every.ReceiveTickAsync());
        Assert.Equal(8, (await second.ReceiveAsync()).EnumerateObject().Count());
        Assert.Equal(3, (await other.ReceiveAsync()).EnumerateObject().Count());
    }

    [Fact]
    public async Task Publish_ToAReaderThatStalls_TheNewestWinsAndOthersAreNotHeldUp()
    {
        var stalled = await _bed.ConnectAndReadAsync(bytesToClient: 1);
        var other = await _bed.ConnectAndReadAsync();
        for (var tick = T + 1; tick <= T + 4; tick++)
        {
            _bed.Publish(tick);
            Assert.Equal(tick, await other.ReceiveTickAsync());
        }

        // The first one was under way; of the others only the last is left.
        Assert.Equal(T + 1, await stalled.ReceiveTickAsync());
        Assert.Equal(T + 4, await stalled.ReceiveTickAsync());
        Assert.Equal(2, _bed.Measured["kairos.sockets.frames.skipped"]);
    }

    [Fact]
    public async Task Publish_AnOlderTickOrGeneration_IsIgnored()
    {
        var peer = await _bed.ConnectAndReadAsync();
        _bed.Hub.Publish(Make.Snapshot(T + 1, generation: 2));
        _bed.Hub.Publish(Make.Snapshot(T + 2, generation: 1));
        _bed.Hub.Publish(Make.Snapshot(T + 1, generation: 2));
        _bed.Hub.Publish(Make.Snapshot(T, generation: 2));
        Assert.Equal((2, T + 1), (_bed.Hub.Latest!.Generation, _bed.Hub.Latest.Tick));
        Assert.Equal(T + 1, await peer.ReceiveTickAsync());
        _bed.Hub.Publish(Make.Snapshot(T + 3, generation: 2));
        Assert.Equal(T + 3, await peer.ReceiveTickAsync());
    }

    [Fact]
    public async Task Offer_AFrameOfASubscriptionThatWasReplacedMeanwhile_IsDropped()
    {
        var peer = await _bed.ConnectAndReadAsync();
        var former = new SubscriptionPhase(new SubscriptionGroup(MetricTable.Guide, 1));
        peer.Socket.Offer(former, T + 1, EventWriter.Snapshot(T + 1, default, MetricTable.Guide));
        _bed.Publish(T + 2);
        Assert.Equal(T + 2, await peer.ReceiveTickAsync());
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();
}
