using Kairos.Grains;
using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.Cluster;

/// <summary>What becomes of sessions when grains, silos and storage are lost.</summary>
[Collection(SilosInThisProcess.Name)]
public sealed class SessionDirectoryTests
{
    [Fact]
    public async Task Sessions_TheSiloIsStartedAgain_GoOnAsTheyWere()
    {
        await using var silo = await SiloBed.StartAsync();
        var (connection, _) = await BeginAsync(silo, Make.SessionId, 5);
        var (other, _) = await BeginAsync(silo, "0123456789abcdef", 7);
        await silo.Session("0123456789abcdef").DisconnectAsync(other, Make.Progress(8));

        await silo.RestartAsync();
        var page = await silo.Sessions.ListAsync("", 10);
        Assert.Equal(["0123456789abcdef", Make.SessionId], page.Sessions.Select(session => session.Id));
        Assert.Equal([false, true], page.Sessions.Select(session => session.IsConnected));
        Assert.True(await silo.Session(Make.SessionId).ReportAsync(connection, Make.Progress(6)));
        var node = new SessionNode(silo, "gw-2");
        Assert.Equal((2, 6), await ResumedAsync(node, silo, Make.SessionId));
        Assert.Equal((2, 8), await ResumedAsync(node, silo, "0123456789abcdef"));
        Assert.True(await silo.Session(Make.SessionId).ReportAsync(node.Connection() with { Epoch = 2 }, Make.Progress(6)));
        Assert.False(await silo.Session(Make.SessionId).ReportAsync(connection, Make.Progress(6)));
    }

    [Fact]
    public async Task Sessions_TheSiloIsLostWithAllThatItHadNotWritten_AreWhatStorageHas()
    {
        await using var silo = await SiloBed.StartAsync();
        var (connection, _) = await BeginAsync(silo, Make.SessionId, 5);
        await Eventually.GetAsync(() => StoredAsync(silo), stored => stored is [{ Progress.Subscription.IntervalSeconds: 5 }]);

        silo.Storage.WritesFail = true;
        await silo.Session(Make.SessionId).ReportAsync(connection, Make.Progress(6));
        await silo.RestartAsync();
        Assert.Equal((2, 5), await ResumedAsync(new SessionNode(silo, "gw-2"), silo, Make.SessionId));
    }

    [Fact]
    public async Task Sessions_StorageIsAwayForAWhile_AreWrittenWhenItIsBack()
    {
        await using var silo = await SiloBed.StartAsync();
        await silo.Sessions.KeepAliveAsync();
        silo.Storage.WritesFail = true;
        var (connection, _) = await BeginAsync(silo, Make.SessionId, 5);
        Assert.True(await silo.Session(Make.SessionId).ReportAsync(connection, Make.Progress(6)));
        await Eventually.GetAsync(() => Task.FromResult(silo.Storage.Struck("page-")), struck => struck >= 2);
        Assert.Empty(await StoredAsync(silo));

        silo.Storage.WritesFail = false;
        await Eventually.GetAsync(() => StoredAsync(silo), stored => stored is [{ Progress.Subscription.IntervalSeconds: 6 }]);
    }

    [Fact]
    public async Task Connect_TheDirectoryCannotBeReadFromStorage_FailsWithAnExceptionThatGatewaysKnowUntilItCan()
    {
        await using var silo = await SiloBed.StartAsync();
        await silo.Sessions.KeepAliveAsync();
        silo.Storage.ReadsFail = true;
        await SiloBed.DeactivateAsync(silo.Sessions);
        var (node, session) = (new SessionNode(silo, "gw-1"), silo.Session(Make.SessionId));
        await Assert.ThrowsAnyAsync<OrleansException>(() => node.ConnectAsync(session));
        silo.Storage.ReadsFail = false;
        Assert.Equal(1, (await node.ConnectAsync(session)).Grant.Epoch);
    }

    [Fact]
    public async Task Sessions_StorageHangs_WaitForNothing()
    {
        await using var silo = await SiloBed.StartAsync();
        await silo.Sessions.KeepAliveAsync();
        silo.Storage.Hang();
        try
        {
            var (connection, _) = await BeginAsync(silo, Make.SessionId, 5);
            await Eventually.GetAsync(() => Task.FromResult(silo.Storage.Struck("page-")), struck => struck > 0);
            Assert.True(await silo.Session(Make.SessionId).ReportAsync(connection, Make.Progress(6)));
            await BeginAsync(silo, "0123456789abcdef", 7);
            await Eventually.GetAsync(() => silo.Sessions.ListAsync("", 10), page => page.Total == 2);
        }
        finally
        {
            silo.Storage.LetGo();
        }

        await Eventually.GetAsync(() => StoredAsync(silo), stored => stored.Select(session => session.Progress.Subscription.IntervalSeconds).Order().SequenceEqual([6, 7]));
    }

    [Fact]
    public async Task Connect_TheDirectoryFails_HoldsUpNobodyAndIsToldWithTheNextReport()
    {
        await using var silo = await SiloBed.StartAsync();
        var (node, session) = (new SessionNode(silo, "gw-1"), silo.Session(Make.SessionId));
        var (connection, _) = await node.ConnectAsync(session);
        silo.SessionCalls.Fails = typeof(ISessionDirectoryGrain);
        Assert.True(await session.ReportAsync(connection, Make.Progress(5)));
        Assert.Equal((2, 5), await ResumedAsync(node, silo, Make.SessionId));
        await Assert.ThrowsAsync<IOException>(() => session.DeleteAsync());

        // What the directory may know of another session is not known: it must not begin anew.
        await Assert.ThrowsAnyAsync<Exception>(() => silo.Session("0123456789abcdef").ConnectAsync());
        silo.SessionCalls.Fails = null;
        Assert.Null(await silo.Sessions.FindAsync(Make.SessionId));
        Assert.True(await session.ReportAsync(connection, Make.Progress(5)));
        await Eventually.GetAsync(() => silo.Sessions.FindAsync(Make.SessionId), kept => kept is { Epoch: 1, IsConnected: true });
        Assert.Equal(1, (await node.ConnectAsync(silo.Session("0123456789abcdef"))).Grant.Epoch);
    }

    [Fact]
    public async Task Disconnect_TheDirectoryFails_IsRememberedAndToldBeforeTheGrainGoes()
    {
        await using var silo = await SiloBed.StartAsync();
        var (connection, node) = await BeginAsync(silo, Make.SessionId, 5);
        var session = silo.Session(Make.SessionId);
        await Eventually.GetAsync(() => silo.Sessions.FindAsync(Make.SessionId), kept => kept is not null);
        silo.SessionCalls.Fails = typeof(ISessionDirectoryGrain);
        await session.DisconnectAsync(connection, Make.Progress(8));
        Assert.Equal(8, (await session.GetAsync())!.Progress.Subscription.IntervalSeconds);
        silo.SessionCalls.Fails = null;
        Assert.True((await silo.Sessions.FindAsync(Make.SessionId))!.IsConnected);

        await SiloBed.DeactivateAsync(session);
        await Eventually.GetAsync(() => silo.Sessions.FindAsync(Make.SessionId), kept => kept is { IsConnected: false, Progress.Subscription.IntervalSeconds: 8 });
        Assert.Equal((2, 8), await ResumedAsync(node, silo, Make.SessionId));
    }

    [Fact]
    public async Task Connect_MoreSessionsThanAreKeptAreConnected_LivesWhileItIsConnected()
    {
        await using var silo = await SiloBed.StartAsync(new SessionsOptions { Max = 1 });
        var (kept, _) = await BeginAsync(silo, Make.SessionId, 5);
        var other = silo.Session("0123456789abcdef");
        var (connection, _) = await BeginAsync(silo, "0123456789abcdef", 6);
        Assert.Equal(Make.SessionId, Assert.Single((await silo.Sessions.ListAsync("", 10)).Sessions).Id);
        Assert.Equal(6, (await other.GetAsync())!.Progress.Subscription.IntervalSeconds);
        await other.DisconnectAsync(connection, Make.Progress(6));
        Assert.Null(await other.GetAsync());

        // Once there is room, a report is enough.
        (connection, _) = await BeginAsync(silo, "0123456789abcdef", 7);
        await silo.Session(Make.SessionId).DisconnectAsync(kept, Make.Progress(5));
        Assert.True(await other.ReportAsync(connection, Make.Progress(7)));
        await Eventually.GetAsync(() => silo.Sessions.ListAsync("", 10), page => page.Sessions is [{ Id: "0123456789abcdef" }]);
    }

    [Fact]
    public async Task Connect_AfterTheSessionExpired_BeginsAnew()
    {
        await using var silo = await SiloBed.StartAsync(new SessionsOptions { Retention = TimeSpan.FromSeconds(1) });
        var (connection, _) = await BeginAsync(silo, Make.SessionId, 5);
        await silo.Session(Make.SessionId).DisconnectAsync(connection, Make.Progress(5));
        await Eventually.GetAsync(() => silo.Sessions.FindAsync(Make.SessionId), kept => kept is null);
        Assert.Equal(new SessionGrant(1, null, 0), (await new SessionNode(silo, "gw-1").ConnectAsync(silo.Session(Make.SessionId))).Grant);
    }

    /// <summary>A session with a connection that has reported, and that the directory knows where it has room.</summary>
    private static async Task<(SessionConnection Connection, SessionNode Node)> BeginAsync(SiloBed silo, string id, int interval)
    {
        var node = new SessionNode(silo, "gw-1");
        var (connection, _) = await node.ConnectAsync(silo.Session(id));
        Assert.True(await silo.Session(id).ReportAsync(connection, Make.Progress(interval)));
        return (connection, node);
    }

    private static async Task<(long Epoch, int? Interval)> ResumedAsync(SessionNode node, SiloBed silo, string id)
    {
        var (connection, grant) = await node.ConnectAsync(silo.Session(id));
        Assert.Equal(grant.Epoch, connection.Epoch);
        return (grant.Epoch, grant.Subscription?.IntervalSeconds);
    }

    private static async Task<List<SessionState>> StoredAsync(SiloBed silo)
    {
        var sessions = new List<SessionState>();
        for (var page = 0; page < SessionTable.PageCount; page++)
        {
            var slot = new StateSlot(silo.Storage, silo.Sessions.GetGrainId(), $"page-{page}");
            await slot.ReadAsync();
            if (slot.Exists)
                sessions.AddRange(Serialization.Read<StoredSessions>(slot.Payload).Sessions);
        }

        return sessions;
    }
}
