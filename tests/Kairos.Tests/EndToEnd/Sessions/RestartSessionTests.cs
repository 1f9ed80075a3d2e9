using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Sessions of a gateway that keeps them by itself.</summary>
[Collection(OwnGateways.Name)]
public sealed class RestartSessionTests
{
    private const string Subscription = """{"metrics":["requests_total"],"interval_seconds":1,"scope":{"route":"d"}}""";

    private static readonly TimeSpan Downtime = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_survives_its_only_gateway_and_is_told_which_seconds_there_never_were(bool killed)
    {
        await using var rig = await GatewayRig.StartAsync();
        var (id, last) = (SessionFrames.NewId(), 0L);
        await using (var client = await MetricsClient.ConnectAsync(rig.Gateway.Port, SessionFrames.Query(id)))
        {
            await client.SubscribeAsync(Subscription);
            await Traffic.SendAsync(rig.Gateway.Http, 20, ["d/status/200"], TestContext.Current.CancellationToken);
            // More than the second in which it is written.
            last = (await client.ReceiveSnapshotsAsync(4))[^1].SessionTick();
            await (killed ? rig.KillGatewayAsync() : rig.Gateway.TerminateAsync());
        }

        // So that there are whole seconds in which it did not run.
        var down = TimeProvider.System.GetTimestamp();
        await Wait.UntilAsync(() => TimeProvider.System.GetElapsedTime(down) > Downtime, () => "time that goes on");
        await rig.ReturnGatewayAsync();
        await using var again = await SessionFrames.ConnectWhenPossibleAsync(rig.Gateway.Port, SessionFrames.Query(id, last));

        // Seconds that the last process had still told come first, if there are any.
        var (session, snapshot) = (await again.ReceiveSessionAsync(), await again.ReceiveAsync());
        Assert.Equal((true, Subscription), (session.GetProperty("resumed").GetBoolean(), session.GetProperty("subscription").GetRawText()));
        while (session.GetProperty("recovered").GetBoolean() && snapshot.IsSnapshot())
        {
            Assert.Equal(++last, snapshot.SessionTick());
            snapshot = await again.ReceiveAsync();
        }

        if (snapshot.Type() == "Session")
            (session, snapshot) = (snapshot, (await again.ReceiveSnapshotsAsync(1))[0]);
        Assert.StartsWith("The series has no such seconds", session.Reason(), StringComparison.Ordinal);
        Assert.True(session.Count("first_tick") > last + 1, $"{session} after {last}");
        Assert.Equal((session.Count("first_tick"), 20), (snapshot.SessionTick(), snapshot.Total()));
        SessionFrames.AssertGrid(await again.ReceiveSnapshotsAsync(3), snapshot.SessionTick() + 1);
    }
}
