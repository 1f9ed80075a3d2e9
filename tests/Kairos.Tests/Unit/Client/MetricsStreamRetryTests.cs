using System.Net;
using System.Net.Sockets;
using Kairos.Client;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>When a client of the stream tries again, and what it takes at most.</summary>
public sealed class MetricsStreamRetryTests
{
    private const long T = 1_730_975_400;

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Refused_WithRetryAfter_WaitsForSoLongBesidesItsOwnPause(int status)
    {
        var clock = new FakeTimeProvider();
        await using var bed = await ClientBed.StartAsync(new MetricsStreamOptions { Urls = [], TimeProvider = clock });
        _ = bed.LookAsync();
        (await bed.Nodes[0].NextAsync()).Refuse(status, retryAfter: "7");
        var waiting = await WaitingAsync(bed, attempt: 1);
        Assert.Equal($"the node answered {status}", waiting.Reason);
        Assert.InRange(waiting.RetryAt!.Value - clock.GetUtcNow(), TimeSpan.FromSeconds(7.25), TimeSpan.FromSeconds(7.5));

        clock.Advance(TimeSpan.FromSeconds(7.2));
        Assert.False(bed.Nodes[0].HasCaller);
        await clock.RunUntilAsync(() => bed.Nodes[0].HasCaller, TimeSpan.FromSeconds(1), step: TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task Refused_AgainAndAgain_DoublesThePauseUpToTheLongest()
    {
        var clock = new FakeTimeProvider();
        await using var bed = await ClientBed.StartAsync(new MetricsStreamOptions { Urls = [], TimeProvider = clock });
        _ = bed.LookAsync();
        foreach (var (longest, index) in new[] { 0.5, 1, 2, 4, 8, 15, 15 }.Select((longest, index) => (longest, index)))
        {
            (await bed.Nodes[0].NextAsync()).Refuse(503);
            var waiting = await WaitingAsync(bed, attempt: index + 1);
            Assert.InRange((waiting.RetryAt!.Value - clock.GetUtcNow()).TotalSeconds, longest / 2, longest);
            await clock.RunUntilAsync(() => bed.Nodes[0].HasCaller, TimeSpan.FromSeconds(16), step: TimeSpan.FromMilliseconds(250));
        }

        // From the first Snapshot on they begin anew.
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(ScriptedSocket.Default, T, "The session is new");
        await socket.SnapshotsAsync(T);
        await bed.ExpectAsync(T);
        _ = bed.LookAsync();
        await socket.CloseAsync(1001);
        var afterwards = await WaitingAsync(bed, attempt: 8);
        Assert.Equal("the node stops", afterwards.Reason);
        Assert.InRange((afterwards.RetryAt!.Value - clock.GetUtcNow()).TotalSeconds, 0.25, 0.5);
    }

    [Fact]
    public async Task Refused_AsNotValidByEveryNode_EndsTheEvents()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried with { SessionId = ScriptedSocket.Id, LastTick = T }, nodes: 2);
        _ = bed.LookAsync();

        // The clock of one alone may be wrong.
        (await bed.Nodes[0].NextAsync()).Refuse(400);
        (await bed.Nodes[1].NextAsync()).Refuse(503);
        (await bed.Nodes[0].NextAsync()).Refuse(400);
        (await bed.Nodes[1].NextAsync()).Refuse(400);
        var refused = await bed.EndAsync<MetricsStreamRefusedException>();
        Assert.Equal((HttpStatusCode.BadRequest, bed.Nodes[1].Url.Port), (refused.StatusCode, refused.Url.Port));
    }

    [Fact]
    public async Task Node_ThatIsNotThere_IsPassedOver()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var gone = (IPEndPoint)listener.LocalEndpoint;
        listener.Stop();
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried with { Urls = [new Uri($"ws://{gone}/ws/metrics")] });
        _ = bed.LookAsync();
        Assert.Equal("?session=new", (await bed.Nodes[0].NextAsync()).Query);
        Assert.Equal("the node cannot be reached", bed.States.First(state => state.Phase is MetricsStreamPhase.Waiting).Reason);
    }

    [Theory]
    [InlineData("""{"type":"Snapshot","timestamp":"2024-11-07T10:30:00Z","requests_total":1,"tick":1730975400}""", "the node knows no sessions")]
    [InlineData("[]", "the node sent what is not an event of the protocol")]
    [InlineData("""{"type":"Session"}""", "the node sent what is not an event of the protocol")]
    public async Task Node_ThatSpeaksOtherwise_IsLeft(string frame, string reason)
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried, nodes: 2);
        _ = bed.LookAsync();
        await (await bed.Nodes[0].AcceptAsync()).SendAsync(frame);
        await bed.Nodes[1].NextAsync();
        Assert.Equal(reason, bed.States.First(state => state.Phase is MetricsStreamPhase.Waiting).Reason);
    }

    [Fact]
    public async Task Query_OfTheUsersOwn_Stays()
    {
        await using var node = await ScriptedNode.StartAsync();
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried with { Urls = [new Uri($"{node.Url}?snapshot=full")] });
        _ = bed.LookAsync();
        Assert.Equal("?snapshot=full&session=new", (await node.NextAsync()).Query);
    }

    [Fact]
    public async Task Silence_OfANode_EndsItsConnection()
    {
        var clock = new FakeTimeProvider();
        await using var bed = await ClientBed.StartAsync(new MetricsStreamOptions { Urls = [], TimeProvider = clock });
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(ScriptedSocket.Default, T, "The session is new");
        await bed.NextAsync<SessionEvent>();
        _ = bed.LookAsync();
        var before = clock.GetUtcNow();
        await clock.RunUntilAsync(() => bed.Stream.State.Phase is MetricsStreamPhase.Waiting, TimeSpan.FromSeconds(50), step: TimeSpan.FromSeconds(1));
        Assert.True(clock.GetUtcNow() - before >= TimeSpan.FromSeconds(44));
        Assert.Equal("nothing came for too long", bed.Stream.State.Reason);
    }

    [Fact]
    public async Task Event_LongerThanTheLimit_EndsTheConnection()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried);
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(ScriptedSocket.Default, T, "The session is new");
        var snapshot = ScriptedSocket.Snapshot(T);
        await socket.SendAsync(snapshot.PadRight(MetricsConnection.MessageBytesMax));
        await bed.ExpectAsync(T);
        _ = bed.LookAsync();
        await socket.TrySendAsync(snapshot.PadRight(MetricsConnection.MessageBytesMax + 1), ScriptedNode.Limit);
        await bed.Nodes[0].NextAsync();
        Assert.Contains(bed.States, state => state.Reason == $"the node sent an event of more than {MetricsConnection.MessageBytesMax} bytes");
    }

    [Fact]
    public async Task Reader_ThatIsTooSlow_StopsTheSocketAndMissesNothing()
    {
        const int Bytes = 64 * 1024;
        const int FramesMax = 4_000;

        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried);
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(ScriptedSocket.Default, T, "The session is new");

        // As a node does it: a frame that is not taken in time ends the connection. Before the queue is full, a slow machine is no slow reader.
        var sent = 0;
        Task<bool> sending;
        do
        {
            sending = socket.TrySendAsync(ScriptedSocket.Snapshot(T + sent++).PadRight(Bytes), ScriptedNode.Limit);
        }
        while (await IsTakenAsync(sending, sent <= MetricsStream.QueuedEventsMax ? ScriptedNode.Limit : TimeSpan.FromSeconds(2)) && sent < FramesMax);
        Assert.InRange(sent, MetricsStream.QueuedEventsMax, FramesMax - 1);
        socket.Vanish();
        await sending;

        // What was on the way is lost with the connection; the next one has it.
        var reading = bed.ExpectAsync([.. Enumerable.Range(0, FramesMax).Select(i => T + i)]);
        socket = await bed.Nodes[0].AcceptAsync();
        var last = long.Parse(socket.Query.Split('=')[^1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(last, T + MetricsStream.QueuedEventsMax - 1, T + sent);
        await socket.RecoverAsync(ScriptedSocket.Default);
        await socket.SnapshotsAsync([.. Enumerable.Range(1, FramesMax).Select(i => last + i)]);
        await reading;
    }

    private static async Task<bool> IsTakenAsync(Task<bool> sending, TimeSpan time) =>
        await Task.WhenAny(sending, Task.Delay(time, TimeProvider.System)) == sending && await sending;

    private static async Task<MetricsStreamState> WaitingAsync(ClientBed bed, int attempt)
    {
        using var limit = new CancellationTokenSource(ScriptedNode.Limit, TimeProvider.System);
        while (true)
        {
            var waits = bed.States.Where(state => state.Phase is MetricsStreamPhase.Waiting).ToArray();
            if (waits.Length == attempt)
                return waits[^1];
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }
    }
}
