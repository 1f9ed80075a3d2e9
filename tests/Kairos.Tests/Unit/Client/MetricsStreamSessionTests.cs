using System.Net.WebSockets;
using Kairos.Client;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>What a client of the stream reads once, continues, and misses.</summary>
public sealed class MetricsStreamSessionTests
{
    private const long T = 1_730_975_400;
    private const string Total = """{"metrics":["requests_total"],"interval_seconds":1}""";

    private static readonly MetricsSubscription WantsTotal = new() { Metrics = ["requests_total"] };

    [Fact]
    public async Task Connect_TheFirstTime_AsksForANewSession()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried);
        Assert.Equal(MetricsStreamPhase.Closed, bed.Stream.State.Phase);
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        Assert.Equal("?session=new", socket.Query);
        await socket.BeginAsync(ScriptedSocket.Default, T, "The session is new");
        await socket.SnapshotsAsync(T);

        var session = await bed.NextAsync<SessionEvent>();
        var snapshot = await bed.NextAsync<SnapshotEvent>();
        Assert.Equal((ScriptedSocket.Id, false, T), (session.SessionId, session.Recovered, session.FirstTick));
        Assert.Equal((T, DateTimeOffset.FromUnixTimeSeconds(T), 400d), (snapshot.Tick, snapshot.Timestamp, snapshot.Values["requests_total"]));
        Assert.Equal(["requests_total"], snapshot.Values.Keys);
        Assert.Equal((ScriptedSocket.Id, MetricsStreamPhase.Open), (bed.Stream.SessionId, bed.Stream.State.Phase));
    }

    [Fact]
    public async Task Connect_WithWhatWasStored_ContinuesWithoutAskingAgain()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried with { SessionId = ScriptedSocket.Id, LastTick = T });
        bed.Stream.Subscribe(WantsTotal);
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        Assert.Equal($"?session={ScriptedSocket.Id}&last_tick={T}", socket.Query);
        await socket.RecoverAsync(Total);
        await socket.SnapshotsAsync(T + 1, T + 2);
        await bed.ExpectAsync(T + 1, T + 2);

        bed.Stream.Subscribe(WantsTotal with { IntervalSeconds = 5 });
        Assert.Contains("\"interval_seconds\":5", await socket.ReceiveAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reconnect_AfterALoss_AsksTheNextNodeForWhatFollows()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried, nodes: 2);
        _ = bed.LookAsync();
        var first = await bed.Nodes[0].AcceptAsync();
        await first.BeginAsync(ScriptedSocket.Default, T, "The session is new");
        await first.SnapshotsAsync(T, T + 1);
        await bed.ExpectAsync(T, T + 1);
        _ = bed.LookAsync();
        first.Vanish();

        var second = await bed.Nodes[1].AcceptAsync();
        Assert.Equal($"?session={ScriptedSocket.Id}&last_tick={T + 1}", second.Query);
        await second.RecoverAsync(ScriptedSocket.Default);
        await second.SnapshotsAsync(T + 2);
        await bed.ExpectAsync(T + 2);
        _ = bed.LookAsync();
        await second.CloseAsync(1001);

        // After the last node the first.
        Assert.Equal($"?session={ScriptedSocket.Id}&last_tick={T + 2}", (await bed.Nodes[0].NextAsync()).Query);
    }

    [Fact]
    public async Task Snapshot_ThatTheReaderHas_ComesOnce()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried with { SessionId = ScriptedSocket.Id, LastTick = T });
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.RecoverAsync(ScriptedSocket.Default);
        await socket.SnapshotsAsync(T - 1, T, T + 1, T + 1, T + 2);
        await bed.ExpectAsync(T + 1, T + 2);

        // A node that says that what follows is no continuation is believed.
        await socket.BeginAsync(ScriptedSocket.Default, T - 100, "The series does not answer");
        await socket.SnapshotsAsync(T - 100);
        Assert.Equal(new GapEvent(T + 2, T - 100, "The series does not answer"), await bed.NextAsync<GapEvent>());
        await bed.ExpectAsync(T - 100);
    }

    [Fact]
    public async Task Gap_SnapshotsAreLost_StandsWhereTheyWere()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried with { SessionId = ScriptedSocket.Id, LastTick = T });
        bed.Stream.Subscribe(WantsTotal);
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(Total, T + 4_000, "Too many Snapshots were missed", resumed: true);
        await socket.SnapshotsAsync(T + 4_000, T + 4_001);
        await socket.BeginAsync(Total, T + 4_009, "The series has no such seconds");
        await socket.SnapshotsAsync(T + 4_009);

        Assert.Equal(new GapEvent(T, T + 4_000, "Too many Snapshots were missed"), await bed.NextAsync<GapEvent>());
        await bed.ExpectAsync(T + 4_000, T + 4_001);
        Assert.Equal(new GapEvent(T + 4_001, T + 4_009, "The series has no such seconds"), await bed.NextAsync<GapEvent>());
        await bed.ExpectAsync(T + 4_009);
    }

    [Fact]
    public async Task Gap_SessionIsNotKnown_EndsWhereItsOwnSubscriptionHoldsAgain()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried with { SessionId = ScriptedSocket.Id, LastTick = T });
        bed.Stream.Subscribe(WantsTotal);
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(ScriptedSocket.Default, T + 700, "The session is not known");
        await socket.SnapshotsAsync(T + 700, T + 701);
        await socket.ReceiveAsync();
        await socket.BeginAsync(Total, T + 701, "The subscription is new");
        await socket.SnapshotsAsync(T + 701);

        // What came meanwhile is of metrics that nobody asked for.
        Assert.Equal(new GapEvent(T, T + 701, "The session is not known"), await bed.NextAsync<GapEvent>());
        await bed.ExpectAsync(T + 701);
    }

    [Fact]
    public async Task Gap_ConnectionGoesBeforeItIsTold_IsNoneWhenTheNextOneRecovers()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried with { SessionId = ScriptedSocket.Id, LastTick = T });
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(ScriptedSocket.Default, T + 9, "The series does not go back so far", resumed: true);
        await socket.CloseAsync(1001);
        socket = await bed.Nodes[0].AcceptAsync();
        Assert.Equal($"?session={ScriptedSocket.Id}&last_tick={T}", socket.Query);
        await socket.RecoverAsync(ScriptedSocket.Default);
        await socket.SnapshotsAsync(T + 1);
        await bed.ExpectAsync(T + 1);
    }

    [Fact]
    public async Task Gap_ANewSubscription_IsNone()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried);
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(ScriptedSocket.Default, T, "The session is new");
        await socket.SnapshotsAsync(T);
        await bed.ExpectAsync(T);
        bed.Stream.Subscribe(WantsTotal);
        await socket.ReceiveAsync();
        await socket.BeginAsync(Total, T, "The subscription is new");
        await socket.SnapshotsAsync(T, T + 1);

        // The newest second again, of other metrics.
        await bed.ExpectAsync(T, T + 1);
    }

    [Theory]
    [InlineData(4001, MetricsSessionEnd.TakenOver)]
    [InlineData(4002, MetricsSessionEnd.Closed)]
    public async Task Close_TheSessionIsSomebodyElsesOrEnded_EndsTheEventsAfterWhatCameBefore(int code, MetricsSessionEnd end)
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried, nodes: 2);
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(ScriptedSocket.Default, T, "The session is new");
        await socket.SnapshotsAsync(T);
        await socket.CloseAsync(code);
        await bed.ExpectAsync(T);
        var ended = await bed.EndAsync<MetricsSessionEndedException>();
        Assert.Equal((end, ScriptedSocket.Id), (ended.End, ended.SessionId));
        Assert.Equal(MetricsStreamPhase.Closed, bed.Stream.State.Phase);
        Assert.False(bed.Nodes[1].HasCaller);
    }

    [Fact]
    public async Task Read_AnotherReader_ContinuesAfterTheLastSnapshotThatTheFirstWasDoneWith()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried);
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(ScriptedSocket.Default, T, "The session is new");
        await socket.SnapshotsAsync(T, T + 1, T + 2, T + 3);
        await bed.ExpectAsync(T, T + 1, T + 2);
        Assert.Equal(T + 1, bed.Stream.LastTick);

        // It breaks off at the third, before it has stored that.
        await bed.ReadAgainAsync();
        Assert.Equal(WebSocketCloseStatus.NormalClosure, await socket.ReceiveCloseAsync());
        _ = bed.LookAsync();
        Assert.Equal($"?session={ScriptedSocket.Id}&last_tick={T + 1}", (await bed.Nodes[0].NextAsync()).Query);
    }

    [Fact]
    public async Task Read_TwoAtATime_IsAMistake()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried);
        _ = bed.LookAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await bed.Stream.ReadAllAsync(TestContext.Current.CancellationToken).AnyAsync(TestContext.Current.CancellationToken));
    }
}
