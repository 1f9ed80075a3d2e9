using System.Text.Json;
using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Every tick of a session's grid reaches its client once, in order, whatever was missed; or it is told.</summary>
public sealed class SessionSnapshotsTests : IAsyncDisposable
{
    private const long T = Make.Tick;
    private const string Metrics = "\"requests_total\",\"requests_per_second\",\"response_time_max\"";

    private static readonly SnapshotChoice Choice = new(ApiQuery.Metrics(["requests_total", "requests_per_second", "response_time_max"], ScopeKind.Cluster), 1, Scope.Cluster);

    private readonly SocketBed _bed = new(new() { ["Kairos:MetricsStream:MaxMissedSnapshots"] = "100" });
    private readonly SeriesModel _series = new();

    public SessionSnapshotsTests()
    {
        _bed.Series.Seconds = (_, afterTick, _) => _series.Seconds(afterTick);
        _bed.Hub.Publish(_series.Snapshot(T));
    }

    [Fact]
    public async Task Arrive_New_IsToldSoAndThenGetsEverySecond()
    {
        var peer = _bed.ConnectSession(SnapshotChoice.Default, null, SessionGap.New);
        var session = await ReceiveSessionAsync(peer);
        Assert.Equal(["type", "session_id", "resumed", "recovered", "subscription", "first_tick", "reason"], session.EnumerateObject().Select(f => f.Name));
        Assert.Equal((false, T, "The session is new"), (session.GetProperty("resumed").GetBoolean(), session.GetProperty("first_tick").GetInt64(), Reason(session)));
        Assert.Equal("tick", (await peer.ReceiveAsync()).EnumerateObject().Last().Name);
        Publish(1, 2);
        await AssertTicksAsync(peer, T + 1, T + 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Arrive_AfterMissedSeconds_GetsThemFirstAndExactlyThenLiveOnes(int interval)
    {
        for (var i = 0; i < 21; i++)
            Publish(i);
        var peer = _bed.ConnectSession(Choice with { IntervalSeconds = interval }, T + 1);
        var session = await ReceiveSessionAsync(peer);
        Assert.True(session.GetProperty("recovered").GetBoolean());
        Assert.True(session.GetProperty("resumed").GetBoolean());
        await AssertFramesAsync(peer, T + 1, interval, 20 / interval);
        for (var i = 0; i < 2 * interval; i++)
            Publish(100 + i);
        await AssertFramesAsync(peer, T + 1 + (20 / interval * interval), interval, 2);

        // The node had them itself.
        Assert.Equal(0, _series.Reads);
    }

    [Fact]
    public async Task Arrive_AfterSecondsThatTheNodeDoesNotHave_GetsThemFromTheSeriesWhichIsReadOnceForAll()
    {
        for (var i = 0; i < 90; i++)
            _series.Next(i);
        _bed.Hub.Publish(_series.Next(7));
        var peers = Enumerable.Range(0, 20).Select(i => _bed.ConnectSession(Choice, T + 1 + (i % 3))).ToArray();
        for (var i = 0; i < peers.Length; i++)
        {
            Assert.True((await ReceiveSessionAsync(peers[i])).GetProperty("recovered").GetBoolean());
            await AssertFramesAsync(peers[i], T + 1 + (i % 3), 1, 90 - (i % 3));
        }

        Assert.InRange(_series.Reads, 1, 2);
        Publish(5);
        foreach (var peer in peers)
            await AssertFramesAsync(peer, T + 91, 1, 1);
    }

    [Fact]
    public async Task Arrive_OneAfterTheOtherForSeconds_TheSeriesIsReadOnceForAll()
    {
        for (var i = 0; i < 90; i++)
            _series.Next(i);
        _bed.Hub.Publish(_series.Next(7));
        for (var i = 0; i < 10; i++)
        {
            var peer = _bed.ConnectSession(Choice, T + 1);
            Assert.True((await ReceiveSessionAsync(peer)).GetProperty("recovered").GetBoolean());
            await AssertFramesAsync(peer, T + 1, 1, 90 + i);
            Publish(i);
            await AssertFramesAsync(peer, T + 91 + i, 1, 1);
        }

        Assert.Equal(1, _series.Reads);
    }

    [Fact]
    public async Task Arrive_OneAfterTheOtherWhileCountsComeLate_NoTotalFalls()
    {
        for (var i = 0; i < 60; i++)
            _series.Next(i);
        _bed.Hub.Publish(_series.Next(7));
        for (var round = 0; round < 10; round++)
        {
            var peer = _bed.ConnectSession(Choice with { IntervalSeconds = 1 + (round % 3) }, T + 1);
            Assert.True((await ReceiveSessionAsync(peer)).GetProperty("recovered").GetBoolean());
            _series.Late(_series.Now - 3, 50);
            Publish(1, 1, 1);
            var last = 0L;
            for (var tick = 0L; tick < _series.Now - 2;)
            {
                var snapshot = await peer.ReceiveAsync();
                var total = snapshot.GetProperty("requests_total").GetInt64();
                Assert.True(total >= last, $"{total} after {last}");
                (last, tick) = (total, snapshot.GetProperty("tick").GetInt64());
            }
        }
    }

    [Fact]
    public async Task Arrive_NothingMissed_IsToldAtOnceAndGetsTheNextSecond()
    {
        var peer = _bed.ConnectSession(Choice, T);
        Assert.True((await ReceiveSessionAsync(peer)).GetProperty("recovered").GetBoolean());
        Publish(3);
        await AssertFramesAsync(peer, T, 1, 1);
    }

    [Fact]
    public async Task Arrive_AheadOfTheNode_GetsNoTickTwice()
    {
        var peer = _bed.ConnectSession(Choice, T + 2);
        Assert.True((await ReceiveSessionAsync(peer)).GetProperty("recovered").GetBoolean());
        Publish(1, 2, 3, 4);
        await AssertTicksAsync(peer, T + 3, T + 4);
    }

    [Fact]
    public async Task Arrive_MoreMissedThanAreSentAgain_GetsTheNewestAndIsTold()
    {
        PublishLast(150);
        var peer = _bed.ConnectSession(Choice, T);
        await AssertGapAsync(peer, SessionGap.TooMany(100), T + 51);
        await AssertFramesAsync(peer, T + 50, 1, 100);
    }

    [Fact]
    public async Task Arrive_TheSeriesDoesNotGoBackSoFar_GetsWhatThereIsOnItsGrid()
    {
        PublishLast(100);
        _series.KeptAfter = T + 80;
        var peer = _bed.ConnectSession(Choice with { IntervalSeconds = 7 }, T);

        // (77, 84] has seconds that are not kept.
        await AssertGapAsync(peer, SessionGap.TooOld, T + 91);
        await AssertFramesAsync(peer, T + 84, 7, 2);
    }

    [Fact]
    public async Task Arrive_TheSeriesHasAHole_IsToldWhereItIs()
    {
        for (var tick = T + 40; tick <= T + 49; tick++)
            _series.Absent.Add(tick);
        PublishLast(90);
        var peer = _bed.ConnectSession(Choice, T + 30);
        Assert.True((await ReceiveSessionAsync(peer)).GetProperty("recovered").GetBoolean());
        await AssertFramesAsync(peer, T + 30, 1, 9);
        await AssertGapAsync(peer, SessionGap.NoSeconds, T + 50);
        await AssertFramesAsync(peer, T + 49, 1, 41);
    }

    [Fact]
    public async Task Arrive_SecondsThatAreToldLate_AreWaitedFor()
    {
        PublishLast(10);
        _series.Absent.UnionWith([T + 8, T + 9, T + 10]);
        var peer = _bed.ConnectSession(Choice, T);
        Assert.True((await ReceiveSessionAsync(peer)).GetProperty("recovered").GetBoolean());
        await AssertFramesAsync(peer, T, 1, 7);
        _series.Late(T + 9, 1_000);
        Publish(4);
        _series.Absent.Clear();
        var received = AssertFramesAsync(peer, T + 7, 1, 4);
        await _bed.RunUntilAsync(received, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Arrive_TheSeriesDoesNotAnswer_GoesOnLiveAfterSomeSecondsAndIsTold()
    {
        PublishLast(10);
        _bed.Series.Seconds = (_, _, _) => throw new TimeoutException("The silo is away.");
        var peer = _bed.ConnectSession(Choice, T);
        var told = ReceiveSessionAsync(peer);
        for (var i = 0; i < 20 && !told.IsCompleted; i++)
        {
            await _bed.RunForAsync(TimeSpan.FromSeconds(1));
            Publish(i);
        }

        await _bed.RunUntilAsync(told, TimeSpan.FromSeconds(5));
        var session = await told;
        Assert.Equal((false, SessionGap.NoAnswer), (session.GetProperty("recovered").GetBoolean(), Reason(session)));
        Assert.Equal(session.GetProperty("first_tick").GetInt64(), await TickAsync(peer));
    }

    [Fact]
    public async Task Publish_TheNodeLostSeconds_ASessionGetsThemAndOthersGoOn()
    {
        var others = await _bed.ConnectAndReadAsync();
        var peer = await ArriveAsync();
        for (var i = 0; i < 4; i++)
            _series.Next(i);
        Publish(9);
        Assert.Equal(T + 5, await others.ReceiveTickAsync());
        await AssertFramesAsync(peer, T, 1, 5);
        Publish(3);
        await AssertFramesAsync(peer, T + 5, 1, 1);
    }

    [Fact]
    public async Task Publish_TheNodeLostTheSecondOfATurn_TheTurnAfterCoversItsWholeInterval()
    {
        var peer = _bed.ConnectSession(Choice with { IntervalSeconds = 2 }, T);
        Assert.True((await ReceiveSessionAsync(peer)).GetProperty("recovered").GetBoolean());
        for (var turn = T; turn < T + 40; turn += 4)
        {
            Publish(10);
            _series.Next(20);
            Publish(30);
            await AssertFramesAsync(peer, turn, 2, 1);

            // What the others' frame before ended with is a second too young for it.
            Publish(40);
            await AssertFramesAsync(peer, turn + 2, 2, 1);
        }
    }

    [Fact]
    public async Task Publish_ToASessionThatReadsSlowly_NothingIsSkipped()
    {
        var peer = await ArriveAsync(bytesToClient: 1);
        for (var i = 0; i < 50; i++)
            Publish(i);
        await AssertFramesAsync(peer, T, 1, 50);
        Publish(1);
        await AssertFramesAsync(peer, T + 50, 1, 1);
        Assert.Equal(0, _bed.Measured["kairos.sockets.frames.skipped"]);
        Assert.Equal(0, peer.Socket.Progress().FramesSkipped);
    }

    [Fact]
    public async Task Publish_CountsThatComeLate_NeverMakeATotalFall()
    {
        var peer = await ArriveAsync();
        var last = 0L;
        for (var round = 0; round < 20; round++)
        {
            // Seconds that the node does not get, counts that belong to them, and then live ones.
            _series.Next(10);
            _series.Next(10);
            _series.Late(_series.Now - 1, 50);
            Publish(1);
            _series.Late(_series.Now - 2, 50);
            for (var i = 0; i < 3; i++)
            {
                var total = (await peer.ReceiveAsync()).GetProperty("requests_total").GetInt64();
                Assert.True(total >= last, $"{total} after {last}");
                last = total;
            }
        }
    }

    [Fact]
    public async Task Subscribe_AnotherOne_BeginsANewGridAndIsTold()
    {
        var peer = await ArriveAsync();
        Publish(1, 2);
        await AssertFramesAsync(peer, T, 1, 2);
        await peer.SendAsync($"{{\"metrics\":[{Metrics}],\"interval_seconds\":3}}");
        await AssertGapAsync(peer, SessionGap.Subscribed, T + 2);
        Assert.Equal(T + 2, await TickAsync(peer));
        Publish(1, 1, 1);
        await AssertFramesAsync(peer, T + 2, 3, 1);
    }

    [Fact]
    public async Task Subscribe_TheSameAgain_GoesOnAndIsTold()
    {
        var peer = await ArriveAsync();
        await peer.SendAsync($"{{\"metrics\":[{Metrics}]}}");
        Assert.True((await ReceiveSessionAsync(peer)).GetProperty("recovered").GetBoolean());
        Publish(1);
        await AssertFramesAsync(peer, T, 1, 1);
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private static string? Reason(JsonElement session) => session.GetProperty("reason").GetString();

    private static async Task<JsonElement> ReceiveSessionAsync(Peer peer)
    {
        var session = await peer.ReceiveAsync();
        Assert.Equal("Session", session.GetProperty("type").GetString());
        return session;
    }

    private static async Task AssertGapAsync(Peer peer, string reason, long firstTick)
    {
        var session = await ReceiveSessionAsync(peer);
        Assert.False(session.GetProperty("recovered").GetBoolean());
        Assert.Equal((reason, firstTick), (Reason(session), session.GetProperty("first_tick").GetInt64()));
    }

    private static async Task<long> TickAsync(Peer peer)
    {
        var snapshot = await peer.ReceiveAsync();
        Assert.Equal("Snapshot", snapshot.GetProperty("type").GetString());
        return snapshot.GetProperty("tick").GetInt64();
    }

    private static async Task AssertTicksAsync(Peer peer, params long[] ticks)
    {
        foreach (var tick in ticks)
            Assert.Equal(tick, await TickAsync(peer));
    }

    /// <summary>The next frames follow a tick, and tell what was counted.</summary>
    private async Task AssertFramesAsync(Peer peer, long lastTick, int interval, int count)
    {
        for (var tick = lastTick + interval; tick <= lastTick + (count * interval); tick += interval)
        {
            var snapshot = await peer.ReceiveAsync();
            Assert.Equal("Snapshot", snapshot.GetProperty("type").GetString());
            Assert.Equal(tick, snapshot.GetProperty("tick").GetInt64());
            Assert.Equal(_series.Total(tick), snapshot.GetProperty("requests_total").GetInt64());
            var counted = _series.Between(tick - interval, tick);
            Assert.Equal(Math.Round((double)counted / interval, 2), snapshot.GetProperty("requests_per_second").GetDouble());
            Assert.Equal(counted == 0, snapshot.GetProperty("response_time_max").ValueKind == JsonValueKind.Null);
        }
    }

    private async Task<Peer> ArriveAsync(int bytesToClient = 65_536)
    {
        var peer = _bed.ConnectSession(Choice, T, bytesToClient: bytesToClient);
        Assert.True((await ReceiveSessionAsync(peer)).GetProperty("recovered").GetBoolean());
        return peer;
    }

    private void Publish(params long[] requests)
    {
        foreach (var added in requests)
            _bed.Hub.Publish(_series.Next(added));
    }

    /// <summary>So many seconds pass, and the node has the last one.</summary>
    private void PublishLast(int seconds)
    {
        for (var i = 1; i < seconds; i++)
            _series.Next(i);
        Publish(seconds);
    }
}
