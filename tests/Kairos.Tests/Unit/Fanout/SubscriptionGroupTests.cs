using System.Net.WebSockets;
using CsCheck;
using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SubscriptionGroupTests : IAsyncDisposable
{
    private const long T = Make.Tick;

    private readonly SocketBed _bed = new();

    [Fact]
    public void CollectDue_AnyTicks_ASocketIsDueOnceItsTurnHasCome() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int[0, 100], Gen.Int[1, 100].Array[1, 30]).Sample((interval, joinedAfter, gaps) =>
        {
            var group = new SubscriptionGroup(MetricTable.Guide, interval);
            var socket = Socket();
            group.Add(socket, Make.Snapshot(T + joinedAfter));
            var former = T + joinedAfter;
            var ended = former;
            foreach (var gap in gaps)
            {
                var tick = former + gap;
                var due = new List<DueSockets>();
                group.CollectDue(former, Make.Snapshot(tick), intervalAgo: null, due);
                var turns = ((tick - T - joinedAfter) / interval) - ((former - T - joinedAfter) / interval);
                Assert.Equal(turns > 0 ? [socket] : [], due.SelectMany(d => d.Sockets));
                if (turns > 0)
                {
                    // Its frame begins where the one before ended: each request is in one of them.
                    Assert.Equal(ended, due.Single().Since!.Tick);
                    ended = tick;
                }

                former = tick;
            }
        });

    [Fact]
    public void Remove_AnySocketsInAnyOrder_TheOthersStay() => Gen.Int[0, 9].Array[1, 60].Sample(steps =>
    {
        var group = new SubscriptionGroup(MetricTable.Guide, 1);
        var sockets = Enumerable.Range(0, 10).Select(_ => Socket()).ToArray();
        var joined = new Dictionary<MetricsSocket, SubscriptionPhase>();
        foreach (var socket in steps.Select(step => sockets[step]))
        {
            if (joined.Remove(socket, out var phase))
                phase.Remove(socket);
            else
                joined[socket] = group.Add(socket, Make.Snapshot(T));

            var due = new List<DueSockets>();
            group.CollectDue(T, Make.Snapshot(T + 1), intervalAgo: null, due);
            Assert.Equal(joined.Keys.ToHashSet(), due.SelectMany(d => d.Sockets).ToHashSet());
            Assert.Equal(joined.Count == 0, group.IsEmpty);
        }
    });

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private MetricsSocket Socket() =>
        new(WebSocket.CreateFromStream(Stream.Null, new WebSocketCreationOptions { IsServer = true }), new SocketStream(Stream.Null, _bed.Time), _bed.Services, session: null, keepGuideFields: false);
}
