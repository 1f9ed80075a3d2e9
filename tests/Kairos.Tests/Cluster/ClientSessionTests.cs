using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.Cluster;

/// <summary>Session grains with their observers; what becomes of a session when its grain is lost is in SessionDirectoryTests.</summary>
[Collection(SilosInThisProcess.Name)]
public sealed class ClientSessionTests
{
    [Fact]
    public async Task Connect_TheSessionHasALiveConnection_ThatOneIsEndedAndLearnsItByItsReportsToo()
    {
        await using var silo = await SiloBed.StartAsync();
        var (former, latter, session) = (new SessionNode(silo, "gw-1"), new SessionNode(silo, "gw-2"), silo.Session(Make.SessionId));
        Assert.Null(await session.GetAsync());
        var (first, begun) = await former.ConnectAsync(session);
        Assert.Equal((1, null, 0), (begun.Epoch, begun.Subscription, begun.RetryAfterSeconds));
        Assert.True(await session.ReportAsync(first, Make.Progress(5)));

        var (second, taken) = await latter.ConnectAsync(session);
        Assert.Equal((2, 5), (taken.Epoch, taken.Subscription!.IntervalSeconds));
        Assert.True(await session.ReportAsync(first, Make.Progress(5)));
        Assert.True(await session.ReportAsync(second, Make.Progress(7)));
        await Eventually.GetAsync(() => Task.FromResult(former.Ended.ToArray()), ended => ended is [var end] && end == (Make.SessionId, first.Id, SessionEnd.TakenOver));
        Assert.False(await session.ReportAsync(first, Make.Progress(6)));
        await session.DisconnectAsync(first, Make.Progress(6));
        Assert.True(await session.ReportAsync(second, Make.Progress(7)));
        var state = (await session.GetAsync())!;
        Assert.Equal((Make.SessionId, second.Id, "gw-2", true, 7), (state.Id, state.Connection, state.Node, state.IsConnected, state.Progress.Subscription.IntervalSeconds));
        Assert.Empty(latter.Ended);
    }

    [Fact]
    public async Task Connect_TheNodeOfTheFormerConnectionIsGone_GetsTheSession()
    {
        await using var silo = await SiloBed.StartAsync();
        var session = silo.Session(Make.SessionId);
        var gone = new SessionNode(silo, "gw-1");
        var (first, _) = await gone.ConnectAsync(session);
        await session.ReportAsync(first, Make.Progress(5));
        silo.Client.DeleteObjectReference<ISessionObserver>(first.Observer!);
        var (second, taken) = await new SessionNode(silo, "gw-2").ConnectAsync(session);
        Assert.Equal((2, 5), (taken.Epoch, taken.Subscription!.IntervalSeconds));
        Assert.True(await session.ReportAsync(second, Make.Progress(5)));
        Assert.False(await session.ReportAsync(first, Make.Progress(5)));
    }

    [Fact]
    public async Task Connect_AfterADisconnect_ResumesAndEndsNobody()
    {
        await using var silo = await SiloBed.StartAsync();
        var (node, session) = (new SessionNode(silo, "gw-1"), silo.Session(Make.SessionId));
        for (var epoch = 1; epoch <= 30; epoch++)
        {
            var (connection, grant) = await node.ConnectAsync(session);
            Assert.Equal((epoch, epoch == 1 ? null : epoch - 1), (grant.Epoch, grant.Subscription?.IntervalSeconds));
            Assert.True(await session.ReportAsync(connection, Make.Progress(1)));
            await session.DisconnectAsync(connection, Make.Progress(epoch) with { LastTick = epoch });
            var kept = (await silo.Sessions.FindAsync(Make.SessionId))!;
            Assert.Equal((false, epoch, epoch), (kept.IsConnected, kept.Progress.Subscription.IntervalSeconds, kept.Progress.LastTick));
        }

        Assert.Empty(node.Ended);
    }

    [Fact]
    public async Task Connect_TheEleventhTakeOverInAMinute_IsRefusedAndTheOneBeforeKeepsTheSession()
    {
        await using var silo = await SiloBed.StartAsync();
        var (node, session) = (new SessionNode(silo, "gw-1"), silo.Session(Make.SessionId));
        SessionConnection? latest = null;
        for (var epoch = 1; epoch <= 11; epoch++)
        {
            (latest, _) = await node.ConnectAsync(session);
            Assert.True(await session.ReportAsync(latest, Make.Progress(5)));
        }

        var (_, refused) = await node.ConnectAsync(session);
        Assert.InRange(refused.RetryAfterSeconds, 1, 60);
        Assert.Equal(11, latest!.Epoch);
        Assert.True(await session.ReportAsync(latest, Make.Progress(5)));
        await Eventually.GetAsync(() => Task.FromResult(node.Ended.Count), count => count == 10);
        Assert.DoesNotContain(node.Ended, ended => ended.Connection == latest.Id);
    }

    [Fact]
    public async Task Delete_AConnectedSession_EndsItsConnectionForGood()
    {
        await using var silo = await SiloBed.StartAsync();
        var (node, session) = (new SessionNode(silo, "gw-1"), silo.Session(Make.SessionId));
        Assert.False(await session.DeleteAsync());
        var (connection, _) = await node.ConnectAsync(session);
        await session.ReportAsync(connection, Make.Progress(5));

        Assert.True(await session.DeleteAsync());
        await Eventually.GetAsync(() => Task.FromResult(node.Ended.ToArray()), ended => ended is [var end] && end == (Make.SessionId, connection.Id, SessionEnd.Closed));
        Assert.False(await session.ReportAsync(connection, Make.Progress(5)));
        await session.DisconnectAsync(connection, Make.Progress(5));
        Assert.Null(await session.GetAsync());
        Assert.Null(await silo.Sessions.FindAsync(Make.SessionId));
        Assert.False(await session.DeleteAsync());
    }

    [Fact]
    public async Task Delete_ASessionWithoutAConnection_IsForgotten()
    {
        await using var silo = await SiloBed.StartAsync();
        var (node, session) = (new SessionNode(silo, "gw-1"), silo.Session(Make.SessionId));
        var (connection, _) = await node.ConnectAsync(session);
        await session.ReportAsync(connection, Make.Progress(5));
        await session.DisconnectAsync(connection, Make.Progress(5));
        Assert.True(await session.DeleteAsync());
        Assert.Null((await node.ConnectAsync(session)).Grant.Subscription);
        Assert.Empty(node.Ended);
    }

    [Fact]
    public async Task Report_AfterTheGrainWasLost_ItIsAdoptedWithItsObserver()
    {
        await using var silo = await SiloBed.StartAsync();
        var (node, session) = (new SessionNode(silo, "gw-1"), silo.Session(Make.SessionId));
        var (connection, _) = await node.ConnectAsync(session);
        await session.ReportAsync(connection, Make.Progress(5));
        await SiloBed.DeactivateAsync(session);
        Assert.True(await session.ReportAsync(connection, Make.Progress(5)));
        var (other, _) = await new SessionNode(silo, "gw-2").ConnectAsync(session);
        Assert.True(await session.ReportAsync(other, Make.Progress(5)));
        await Eventually.GetAsync(() => Task.FromResult(node.Ended.Count), count => count == 1);
    }
}
