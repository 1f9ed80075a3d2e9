using System.Net;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>How connections end, and who gets one.</summary>
public sealed class SocketRegistryTests : IAsyncDisposable
{
    private const long T = Make.Tick;

    private readonly SocketBed _bed = new(new()
    {
        ["Kairos:MetricsStream:MaxConnections"] = "3",
        ["Kairos:MetricsStream:MaxConnectionsPerAddress"] = "2",
    });

    [Fact]
    public async Task ExecuteAsync_AHeartbeatPeriod_SendsAHeartbeat()
    {
        await _bed.Registry.StartAsync(CancellationToken.None);
        var peer = await _bed.ConnectAndReadAsync();
        var heartbeat = peer.ReceiveAsync();
        await _bed.RunUntilAsync(heartbeat, TimeSpan.FromSeconds(60));
        Assert.Equal("Heartbeat", (await heartbeat).GetProperty("type").GetString());
        Assert.True(_bed.Time.GetUtcNow().ToUnixTimeSeconds() >= T + 30);
    }

    [Fact]
    public async Task ExecuteAsync_APeerThatDoesNotRead_IsClosedWith4008()
    {
        await _bed.Registry.StartAsync(CancellationToken.None);
        var peer = await _bed.ConnectAndReadAsync(bytesToClient: 1);
        _bed.Publish(T + 1);
        var closing = SocketBed.UntilAsync(() => peer.Socket.IsEnding);
        await _bed.RunUntilAsync(closing, TimeSpan.FromSeconds(60));
        Assert.True(_bed.Time.GetUtcNow().ToUnixTimeSeconds() >= T + 10);

        // It reads after all: the frame under way, and why it is closed.
        Assert.Equal(1, await peer.ReceiveCloseAsync());
        Assert.Equal(4008, peer.Closed.Status);
        await peer.CloseOutputAsync();
        await peer.EndAsync();
        Assert.Equal(1, _bed.Measured["kairos.sockets.closed/slow"]);
    }

    [Fact]
    public async Task ExecuteAsync_APeerThatNeverReads_IsDropped()
    {
        await _bed.Registry.StartAsync(CancellationToken.None);
        var peer = await _bed.ConnectAndReadAsync(bytesToClient: 1);
        _bed.Publish(T + 1);
        await _bed.RunUntilAsync(peer.Served, TimeSpan.FromSeconds(60));
        Assert.Equal((1, 0), (_bed.Measured["kairos.sockets.closed/slow"], _bed.Measured["kairos.sockets.open"]));
    }

    [Fact]
    public async Task ExecuteAsync_APeerThatReadsNothing_IsPingedAndDropped()
    {
        await _bed.Registry.StartAsync(CancellationToken.None);
        var (mute, reading) = (await _bed.ConnectAndReadAsync(), await _bed.ConnectAndReadAsync());
        var events = reading.ReceiveCloseAsync();
        await _bed.RunUntilAsync(mute.Served, TimeSpan.FromSeconds(60));

        // An interval, the time that a ping waits for a frame to go with, a timeout, and three sweeps.
        Assert.InRange((_bed.Time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(T)).TotalSeconds, 30, 33);
        Assert.Equal((1, 1), (_bed.Measured["kairos.sockets.closed/vanished"], _bed.Measured["kairos.sockets.open"]));

        // The other one answers each ping, having nothing else to say.
        await _bed.RunForAsync(TimeSpan.FromSeconds(60));
        Assert.False(events.IsCompleted);
        Assert.Equal(1, _bed.Measured["kairos.sockets.open"]);
    }

    [Fact]
    public async Task ExecuteAsync_APeerWhoseMessageIsBeingAnswered_IsNotDropped()
    {
        await _bed.Registry.StartAsync(CancellationToken.None);
        var peer = await _bed.ConnectAndReadAsync();
        peer.Socket.IsAnswering = true;
        await _bed.RunForAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(1, _bed.Measured["kairos.sockets.open"]);

        peer.Socket.IsAnswering = false;
        await _bed.RunUntilAsync(peer.Served, TimeSpan.FromSeconds(20));
        Assert.Equal(1, _bed.Measured["kairos.sockets.closed/vanished"]);
    }

    [Fact]
    public async Task ExecuteAsync_AHeartbeatWhileSnapshotsGoOut_GoesWithOne()
    {
        await using var bed = new SocketBed(new() { ["Kairos:MetricsStream:HeartbeatPeriod"] = "00:00:10" });
        await bed.Registry.StartAsync(CancellationToken.None);
        var peer = await bed.ConnectAndReadAsync();
        await bed.RunForAsync(TimeSpan.FromSeconds(12));
        Assert.Equal(1, peer.Socket.Progress().FramesSent);

        bed.Publish(T + 12);
        Assert.Equal("Snapshot", (await peer.ReceiveAsync()).GetProperty("type").GetString());
        Assert.Equal("Heartbeat", (await peer.ReceiveAsync()).GetProperty("type").GetString());
    }

    [Fact]
    public async Task ServeAsync_APeerThatCloses_IsAnswered()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.CloseOutputAsync();
        Assert.Equal(0, await peer.ReceiveCloseAsync());
        Assert.Equal(1000, peer.Closed.Status);
        await peer.EndAsync();
        Assert.Equal((1, 0), (_bed.Measured["kairos.sockets.closed/client"], _bed.Measured["kairos.sockets.open"]));
    }

    [Fact]
    public async Task ServeAsync_APeerThatClosesWhileAFrameIsUnderWay_IsAnsweredToo()
    {
        var peer = await _bed.ConnectAndReadAsync(bytesToClient: 1);
        _bed.Publish(T + 1);
        await peer.CloseOutputAsync();
        await SocketBed.UntilAsync(() => peer.Socket.IsEnding);
        Assert.Equal(1, await peer.ReceiveCloseAsync());
        Assert.Equal(1000, peer.Closed.Status);
    }

    [Fact]
    public async Task ServeAsync_APeerThatVanishes_EndsAndLeavesTheHub()
    {
        var peer = await _bed.ConnectAndReadAsync();
        peer.Vanish();
        await peer.EndAsync();
        Assert.Equal(1, _bed.Measured["kairos.sockets.closed/vanished"]);
        _bed.Publish(T + 1);
        Assert.Equal(0, _bed.Measured["kairos.sockets.open"]);
    }

    [Fact]
    public async Task StoppingAsync_OpenSockets_AreClosedWith1001()
    {
        Peer[] peers = [await _bed.ConnectAndReadAsync(), await _bed.ConnectAndReadAsync()];
        var stopping = _bed.Registry.StoppingAsync(CancellationToken.None);
        foreach (var peer in peers)
        {
            Assert.Equal(0, await peer.ReceiveCloseAsync());
            Assert.Equal((1001, "This node is stopping; connect to another"), peer.Closed);
            await peer.CloseOutputAsync();
            await peer.EndAsync();
        }

        await _bed.RunUntilAsync(stopping, TimeSpan.FromSeconds(5));
        Assert.Equal(2, _bed.Measured["kairos.sockets.closed/drained"]);
        Assert.Equal("draining", _bed.Registry.TryEnter(IPAddress.Loopback));
    }

    [Fact]
    public async Task StoppingAsync_InACluster_ClosesOneSocketAfterAnother()
    {
        await using var bed = new SocketBed(new() { ["Kairos:Cluster:Mode"] = "Redis", ["Kairos:MetricsStream:DrainPeriod"] = "00:00:04" });
        List<Peer> peers = [];
        for (var i = 0; i < 8; i++)
            peers.Add(await bed.ConnectAndReadAsync());

        var stopping = bed.Registry.StoppingAsync(CancellationToken.None);
        Assert.Equal("draining", bed.Registry.TryEnter(IPAddress.Loopback));
        await Task.WhenAll(peers.Select(ReplyAsync).Append(RunHalfAsync()));
        await bed.RunUntilAsync(stopping, TimeSpan.FromSeconds(7));
        Assert.Equal(8, bed.Measured["kairos.sockets.closed/drained"]);

        static async Task ReplyAsync(Peer peer)
        {
            await peer.ReceiveCloseAsync();
            await peer.CloseOutputAsync();
        }

        // After a quarter of the period not all can have been told, after all of it they must.
        async Task RunHalfAsync()
        {
            bed.Time.Advance(TimeSpan.FromSeconds(1));
            await SocketBed.UntilAsync(() => peers.Any(peer => peer.Socket.IsEnding));
            Assert.InRange(peers.Count(peer => peer.Socket.IsEnding), 1, 7);
            await bed.RunForAsync(TimeSpan.FromSeconds(4));
            await SocketBed.UntilAsync(() => peers.All(peer => peer.Socket.IsEnding));
        }
    }

    [Fact]
    public async Task StoppingAsync_InACluster_ClosesOnlyOnceEveryNodeHasTheNewestSnapshot()
    {
        await using var bed = new SocketBed(new() { ["Kairos:Cluster:Mode"] = "Redis", ["Kairos:MetricsStream:DrainPeriod"] = "00:00:10" });
        var peer = await bed.ConnectAndReadAsync();
        bed.Publish(T + 1);
        await peer.ReceiveTickAsync();
        var stopping = bed.Registry.StoppingAsync(CancellationToken.None);
        await bed.RunForAsync(TimeSpan.FromMilliseconds(450));
        Assert.False(peer.Socket.IsEnding);
        await bed.RunForAsync(TimeSpan.FromMilliseconds(150));
        await SocketBed.UntilAsync(() => peer.Socket.IsEnding);
        await peer.ReceiveCloseAsync();
        await peer.CloseOutputAsync();
        await bed.RunUntilAsync(stopping, TimeSpan.FromSeconds(13));
    }

    [Fact]
    public async Task StoppingAsync_InACluster_ClosesAllAtTheEndOfThePeriodWhateverSnapshotsCome()
    {
        await using var bed = new SocketBed(new() { ["Kairos:Cluster:Mode"] = "Redis", ["Kairos:MetricsStream:DrainPeriod"] = "00:00:02" });
        var peer = await bed.ConnectAndReadAsync();
        var stopping = bed.Registry.StoppingAsync(CancellationToken.None);
        for (var tick = T + 1; !peer.Socket.IsEnding; tick++)
        {
            Assert.True(tick < T + 12, "Not closed at the end of the period.");
            bed.Publish(tick);
            await bed.RunForAsync(TimeSpan.FromMilliseconds(200));
        }

        await peer.ReceiveCloseAsync();
        await peer.CloseOutputAsync();
        await bed.RunUntilAsync(stopping, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task StoppingAsync_APeerThatDoesNotAnswer_HoldsItUpForThreeSecondsAtMost()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await _bed.RunUntilAsync(_bed.Registry.StoppingAsync(CancellationToken.None), TimeSpan.FromSeconds(3));
        await peer.EndAsync();
    }

    [Fact]
    public async Task ServeAsync_WhileDraining_ClosesAtOnce()
    {
        await _bed.Registry.StoppingAsync(CancellationToken.None);
        var peer = _bed.Connect();
        await peer.ReceiveCloseAsync();
        Assert.Equal(1001, peer.Closed.Status);
    }

    [Fact]
    public void TryEnter_BeyondTheLimits_SaysWhich()
    {
        var (a, b) = (IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2"));
        Assert.Null(_bed.Registry.TryEnter(a));
        Assert.Null(_bed.Registry.TryEnter(a));
        Assert.Equal("connections_per_address", _bed.Registry.TryEnter(a));
        Assert.Null(_bed.Registry.TryEnter(b));
        Assert.Equal("connections", _bed.Registry.TryEnter(b));
        _bed.Registry.Exit(a);
        Assert.Null(_bed.Registry.TryEnter(b));
        _bed.Registry.Exit(b);
        Assert.Null(_bed.Registry.TryEnter(a));
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();
}
