using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Which connection has a session.</summary>
public sealed class SessionClaimTests
{
    private const long Now = Make.Tick;

    private readonly SessionClaim _claim = new(Make.SessionId, null);
    private readonly SessionConnection _first = Make.Connection("gw-1");
    private readonly SessionConnection _second = Make.Connection("gw-2");

    [Fact]
    public void Connect_ANewSession_IsTheFirstEpochAndKnownWithItsFirstReport()
    {
        Assert.Equal(new SessionGrant(1, null, 0), Connect());
        Assert.Null(_claim.State);
        Assert.Equal((true, null), Report(_first, 5));
        Assert.Equal(("gw-1", true, _first.ConnectedAt, 1L), (_claim.State!.Node, _claim.State.IsConnected, _claim.State.Since, _claim.State.Epoch));
        Assert.Equal(5, _claim.State.Progress.Subscription.IntervalSeconds);
    }

    [Fact]
    public void Report_OfANewerConnection_TakesTheSessionFromALiveOne()
    {
        Begin(_first, 5);
        var grant = Connect();
        Assert.Equal((2, 5, 0), (grant.Epoch, grant.Subscription!.IntervalSeconds, grant.RetryAfterSeconds));
        Assert.Equal((true, _first), Report(_second with { Epoch = 2 }, 7));
        Assert.Equal((false, null), Report(_first, 6));
        Assert.False(_claim.Disconnect(_first, Make.Progress(6), Now));
        Assert.Equal(("gw-2", true, 7), (_claim.State!.Node, _claim.State.IsConnected, _claim.State.Progress.Subscription.IntervalSeconds));
        Assert.Equal((true, null), Report(_second with { Epoch = 2 }, 8));
    }

    [Fact]
    public void Connect_WithoutAReport_TakesNothing()
    {
        Begin(_first, 5);
        Connect();
        Connect();
        Assert.Equal((true, null), Report(_first, 6));
        Assert.Equal(("gw-1", true), (_claim.State!.Node, _claim.State.IsConnected));

        // The one that was granted last is the newest, whoever reports first.
        Assert.Equal((true, _first), Report(_second with { Epoch = 3 }, 7));
        Assert.Equal((false, null), Report(Make.Connection("gw-3") with { Epoch = 2 }, 7));
    }

    [Fact]
    public void Report_AfterTheConnectionEnded_TakesNothingFromAnybody()
    {
        Begin(_first, 5);
        Assert.True(_claim.Disconnect(_first, Make.Progress(5), Now));
        Assert.Equal((false, Now), (_claim.State!.IsConnected, _claim.State.Since));
        var grant = Connect();
        Assert.Equal((2, 5), (grant.Epoch, grant.Subscription!.IntervalSeconds));
        Assert.Equal((true, null), Report(_second with { Epoch = 2 }, 5));
    }

    [Theory]
    [InlineData(0, true, false)]
    [InlineData(1, true, true)]
    [InlineData(0, false, true)]
    public void Report_OfTheSameEpochGrantedTwice_TheLaterConnectionHasTheSession(int later, bool isConnected, bool has)
    {
        Begin(_first, 5);
        if (!isConnected)
            _claim.Disconnect(_first, Make.Progress(5), Now);
        Assert.Equal(has, Report(_second with { ConnectedAt = _first.ConnectedAt + later }, 6).Has);
    }

    [Fact]
    public void Connect_AfterTenTakeOversInAMinute_IsRefusedUntilTheFirstIsAMinuteAgo()
    {
        Begin(_first, 5);
        for (var i = 1; i <= SessionClaim.TakeOversMax; i++)
            Assert.True(Report(Make.Connection("gw-2") with { Epoch = Connect(second: i).Epoch }, 5, second: i).Has);

        var grant = Connect(second: 20.5);
        Assert.Equal(41, grant.RetryAfterSeconds);
        Assert.Equal((11, "gw-2"), (_claim.State!.Epoch, _claim.State.Node));
        Assert.Equal(1, Connect(second: 60.999).RetryAfterSeconds);
        Assert.Equal(12, Connect(second: 61).Epoch);
        Assert.True(Report(_second with { Epoch = 12 }, 5, second: 61).Has);
        Assert.Equal(1, Connect(second: 61).RetryAfterSeconds);
    }

    [Fact]
    public void Connect_OftenAfterTheConnectionEnded_IsNeverRefused()
    {
        for (var epoch = 1; epoch <= 3 * SessionClaim.TakeOversMax; epoch++)
        {
            Assert.Equal(epoch, Connect().Epoch);
            Report(_first with { Epoch = epoch }, 5);
            Assert.True(_claim.Disconnect(_first with { Epoch = epoch }, Make.Progress(5), Now));
        }
    }

    [Fact]
    public void Report_NothingIsKnownAnyMore_TheConnectionIsAdoptedWithItsObserver()
    {
        var connection = _first with { Epoch = 4 };
        Assert.True(Report(connection, 5).Has);
        Assert.Equal((4, "gw-1", true), (_claim.State!.Epoch, _claim.State.Node, _claim.State.IsConnected));
        Assert.Equal(connection, Report(_second with { Epoch = Connect().Epoch }, 5).Former);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void Report_OfAnotherConnectionThanTheDirectoryKnows_CountsWhereItsEpochIsHigher(long epoch, bool has)
    {
        var claim = new SessionClaim(Make.SessionId, Make.Session(Make.SessionId, Now - 60, epoch: 4));
        Assert.Equal(has, claim.Report(_first with { Epoch = epoch, ConnectedAt = Now - 61 }, Make.Progress(7), default).Has);
        Assert.Equal(has ? ("gw-1", 7) : ("gw-9", 1), (claim.State!.Node, claim.State.Progress.Subscription.IntervalSeconds));
    }

    [Fact]
    public void Report_OfTheConnectionThatTheDirectoryTookForLost_HasTheSessionAgain()
    {
        var kept = Make.Session(Make.SessionId, Now - 60, epoch: 4, connected: false);
        var claim = new SessionClaim(Make.SessionId, kept);
        Assert.True(claim.Report(new SessionConnection(kept.Connection, 4, "gw-9", Now - 900, null), Make.Progress(1), default).Has);
        Assert.Equal((true, Now - 900), (claim.State!.IsConnected, claim.State.Since));
    }

    [Fact]
    public void Connect_AfterTheGrainLostItsMemory_GoesOnFromWhatTheDirectoryKnows()
    {
        var claim = new SessionClaim(Make.SessionId, Make.Session(Make.SessionId, Now - 60, epoch: 4));
        var grant = claim.Connect(TimeSpan.Zero);
        Assert.Equal((5, 1), (grant.Epoch, grant.Subscription!.IntervalSeconds));
        Assert.Null(claim.Report(_first with { Epoch = 5 }, Make.Progress(5), default).Former!.Observer);
    }

    [Fact]
    public void Close_AReportThatComesLate_DoesNotBringTheSessionBack()
    {
        Begin(_first, 5);
        Assert.Equal(_first, _claim.Close());
        Assert.False(Report(_first, 5).Has);
        Assert.False(_claim.Disconnect(_first, Make.Progress(5), Now));
        Assert.Null(_claim.State);

        // The id may be used again; its former connection has nothing of that.
        Assert.Equal(new SessionGrant(2, null, 0), Connect());
        Assert.False(Report(_first, 5).Has);
        Assert.True(Report(_second with { Epoch = 2 }, 6).Has);
    }

    private SessionGrant Connect(double second = 0) => _claim.Connect(At(second));

    private (bool Has, SessionConnection? Former) Report(SessionConnection connection, int interval, double second = 0) =>
        _claim.Report(connection, Make.Progress(interval), At(second));

    private void Begin(SessionConnection connection, int interval)
    {
        Connect();
        Assert.True(Report(connection, interval).Has);
    }

    private static TimeSpan At(double second) => TimeSpan.FromHours(1) + TimeSpan.FromSeconds(second);
}
