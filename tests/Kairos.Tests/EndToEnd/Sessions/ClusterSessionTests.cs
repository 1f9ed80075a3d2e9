using System.Net.WebSockets;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Sessions that go from one gateway of a cluster to another, as their clients see them.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class ClusterSessionTests(SessionCluster cluster) : IClassFixture<SessionCluster>
{
    private const WebSocketCloseStatus TakenOver = (WebSocketCloseStatus)4001;
    private const string Subscription = """{"metrics":["requests_total"],"interval_seconds":1,"scope":{"route":"d"}}""";
    private readonly string _id = SessionFrames.NewId();

    [Fact]
    public async Task Whoever_comes_back_to_another_gateway_goes_on_there_where_he_was()
    {
        var last = 0L;
        await using (var client = await MetricsClient.ConnectAsync(cluster.One.Port, SessionFrames.Query(_id)))
            last = await client.SubscribeAsync(Subscription);
        await Wait.UntilAsync(() => cluster.Other.Watcher.Last!.Tick >= last + 5, () => $"five ticks after {last}");

        await using var again = await MetricsClient.ConnectAsync(cluster.Other.Port, SessionFrames.Query(_id, last));

        await AssertGoesOnAsync(again, last);
    }

    [Fact]
    public async Task A_connection_on_another_gateway_takes_over_and_the_first_is_closed_with_4001()
    {
        await using var first = await MetricsClient.ConnectAsync(cluster.One.Port, SessionFrames.Query(_id));
        var last = await first.SubscribeAsync(Subscription);
        await SessionFrames.WaitUntilKnownAsync(cluster.Other.Process.Http, _id, Subscription);

        await using var second = await MetricsClient.ConnectAsync(cluster.Other.Port, SessionFrames.Query(_id, last));

        await AssertGoesOnAsync(second, last);
        Assert.Equal(TakenOver, await first.WaitForCloseAsync());
    }

    [Fact]
    public async Task A_session_is_taken_over_from_a_gateway_that_hangs_and_stays_so_when_that_comes_to()
    {
        await using var first = await MetricsClient.ConnectAsync(cluster.One.Port, SessionFrames.Query(_id));
        var last = await first.SubscribeAsync(Subscription);
        await SessionFrames.WaitUntilKnownAsync(cluster.Other.Process.Http, _id, Subscription);
        await WhileOneHangsAsync(async () =>
        {
            await using var second = await MetricsClient.ConnectAsync(cluster.Other.Port, SessionFrames.Query(_id, last));
            await AssertGoesOnAsync(second, last);
            await SessionFrames.SessionAsync(cluster.Other.Process.Http, _id, session => session.GetProperty("node").GetString() == cluster.Other.Id);

            await cluster.One.Process.SignalAsync("CONT");

            Assert.Equal(TakenOver, await first.WaitForCloseAsync());
            await second.ReceiveSnapshotsAsync(5);
            await SessionFrames.SessionAsync(cluster.One.Process.Http, _id, session => session.GetProperty("connected").GetBoolean() && session.GetProperty("node").GetString() == cluster.Other.Id);
        });
    }

    [Fact]
    public async Task An_attempt_that_the_client_has_given_up_does_not_take_the_session_from_him()
    {
        var last = 0L;
        await using (var client = await MetricsClient.ConnectAsync(cluster.Other.Port, SessionFrames.Query(_id)))
            last = await client.SubscribeAsync(Subscription);
        await WhileOneHangsAsync(async () =>
        {
            using var givenUp = new CancellationTokenSource(TimeSpan.FromSeconds(1), TimeProvider.System);
            using (var attempt = new ClientWebSocket())
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt.ConnectAsync(new Uri(cluster.One.Stream, SessionFrames.Query(_id, last)), givenUp.Token));
            await using var live = await MetricsClient.ConnectAsync(cluster.Other.Port, SessionFrames.Query(_id, last));
            await AssertGoesOnAsync(live, last);

            await cluster.One.Process.SignalAsync("CONT");

            // A few heartbeats of each gateway.
            await live.ReceiveSnapshotsAsync(6);
            Assert.Null(live.CloseStatus);
        });
    }

    [Fact]
    public async Task Every_gateway_tells_who_is_connected_where_and_what_he_was_sent()
    {
        var last = 0L;
        await using (var client = await MetricsClient.ConnectAsync(cluster.One.Port, SessionFrames.Query(_id)))
        {
            await client.SubscribeAsync(Subscription);
            last = (await client.ReceiveSnapshotsAsync(3))[^1].SessionTick();

            // Two Session events, the first Snapshot of each subscription, and these three.
            var connected = await SessionFrames.SessionAsync(cluster.Other.Process.Http, _id, session => session.Count("frames_sent") >= 7 && session.Count("last_tick") >= last);
            Assert.Equal((true, cluster.One.Id), (connected.GetProperty("connected").GetBoolean(), connected.GetProperty("node").GetString()));
            Assert.Equal((Subscription, 0L), (connected.GetProperty("subscription").GetRawText(), connected.Count("frames_skipped")));
        }

        var left = await SessionFrames.SessionAsync(cluster.Other.Process.Http, _id, session => !session.GetProperty("connected").GetBoolean());
        Assert.Equal(cluster.One.Id, left.GetProperty("node").GetString());
        Assert.True(left.Count("last_tick") >= last, $"{left}");
    }

    [Fact]
    public async Task A_session_and_its_subscription_survive_the_death_of_every_silo_and_no_second_is_missed()
    {
        var last = 0L;
        await using (var client = await MetricsClient.ConnectAsync(cluster.One.Port, SessionFrames.Query(_id)))
        {
            await client.SubscribeAsync(Subscription);
            // More than the second in which it is written.
            last = (await client.ReceiveSnapshotsAsync(4))[^1].SessionTick();
        }

        var count = cluster.Rig.Silos.Count;
        await cluster.Rig.KillAsync([.. cluster.Rig.Silos]);
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => cluster.Rig.StartSiloAsync()));
        await cluster.Rig.WaitForAdvanceAsync();
        await using var again = await SessionFrames.ConnectWhenPossibleAsync(cluster.Other.Port, SessionFrames.Query(_id, last));

        await AssertGoesOnAsync(again, last, count: 20);
    }

    /// <summary>The gateway goes on when the test says so, or at its end.</summary>
    private async Task WhileOneHangsAsync(Func<Task> test)
    {
        await cluster.One.Process.SignalAsync("STOP");
        try
        {
            await test();
        }
        finally
        {
            await cluster.One.Process.SignalAsync("CONT");
            await cluster.Rig.WaitForAdvanceAsync();
        }
    }

    private static async Task AssertGoesOnAsync(MetricsClient client, long lastTick, int count = 8)
    {
        Assert.Equal(Subscription, (await client.ReceiveRecoveredAsync()).GetProperty("subscription").GetRawText());
        var snapshots = await client.ReceiveSnapshotsAsync(count);
        SessionFrames.AssertGrid(snapshots, lastTick + 1);
        var totals = snapshots.Select(MetricsEvents.Total).ToArray();
        Assert.Equal(totals.Order(), totals);
        Assert.True(totals[^1] > totals[0], $"traffic in {string.Join(' ', totals)}");
    }
}
