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
        var (grant, former) = Connect(_first);
        Assert.Equal(new SessionGrant(1, null, 0), grant);
        Assert.Null(former);
        Assert.Null(_claim.State);
        Assert.True(_claim.Report(_first, Make.Progress(5)));
        Assert.Equal(("gw-1", true, _first.ConnectedAt, 1L), (_claim.State!.Node, _claim.State.IsConnected, _claim.State.Since, _claim.State.Epoch));
        Assert.Equal(5, _claim.State.Progress.Subscription.IntervalSeconds);
    }

    [Fact]
    public void Connect_ALiveConnection_LosesTheSessionToTheNewOneWithItsSubscription()
    {
        Connect(_first);
        _claim.Report(_first, Make.Progress(5));
        var (grant, former) = Connect(_second);
        Assert.Equal((2, 5, 0), (grant.Epoch, grant.Subscription!.IntervalSeconds, grant.RetryAfterSeconds));
        Assert.Equal(_first, former);
        Assert.False(_claim.Report(_first, Make.Progress(6)));
        Assert.False(_claim.Disconnect(_first, Make.Progress(6), Now));
        Assert.Equal(("gw-2", true, 5), (_claim.State!.Node, _claim.State.IsConnected, _claim.State.Progress.Subscription.IntervalSeconds));
        Assert.True(_claim.Report(_second with { Epoch = 2 }, Make.Progress(7)));
    }

    [Fact]
    public void Connect_BeforeTheFirstReport_TakesOverAsWell()
    {
        Connect(_first);
        var (grant, former) = Connect(_second);
        Assert.Equal((2, _first), (grant.Epoch, former));
        Assert.False(_claim.Report(_first, Make.Progress(5)));
        Assert.Null(_claim.State);
    }

    [Fact]
    public void Connect_AfterTheConnectionEnded_TakesNothingOver()
    {
        Connect(_first);
        Assert.True(_claim.Disconnect(_first, Make.Progress(5), Now));
        Assert.Equal((false, Now), (_claim.State!.IsConnected, _claim.State.Since));
        var (grant, former) = Connect(_second);
        Assert.Equal((2, 5), (grant.Epoch, grant.Subscription!.IntervalSeconds));
        Assert.Null(former);
    }

    [Fact]
    public void Connect_TheEleventhTakeOverInAMinute_IsRefusedUntilTheFirstIsAMinuteAgo()
    {
        Connect(_first, second: 0);
        for (var i = 1; i <= SessionClaim.TakeOversMax; i++)
            Assert.Equal(0, Connect(_second, second: i).Grant.RetryAfterSeconds);

        _claim.Report(_second with { Epoch = 11 }, Make.Progress(5));
        var (grant, former) = Connect(_first, second: 20.5);
        Assert.Equal(41, grant.RetryAfterSeconds);
        Assert.Null(former);
        Assert.Equal((11, "gw-2"), (_claim.State!.Epoch, _claim.State.Node));
        Assert.True(_claim.Report(_second with { Epoch = 11 }, Make.Progress(6)));

        Assert.Equal(1, Connect(_first, second: 60.999).Grant.RetryAfterSeconds);
        Assert.Equal(12, Connect(_first, second: 61).Grant.Epoch);
        Assert.Equal(1, Connect(_second, second: 61).Grant.RetryAfterSeconds);
    }

    [Fact]
    public void Connect_OftenAfterTheConnectionEnded_IsNeverRefused()
    {
        for (var epoch = 1; epoch <= 3 * SessionClaim.TakeOversMax; epoch++)
        {
            Assert.Equal(epoch, Connect(_first).Grant.Epoch);
            Assert.True(_claim.Disconnect(_first with { Epoch = epoch }, Make.Progress(5), Now));
        }
    }

    [Fact]
    public void Report_NothingIsKnownAnyMore_TheConnectionIsAdoptedWithItsObserver()
    {
        var connection = _first with { Epoch = 4 };
        Assert.True(_claim.Report(connection, Make.Progress(5)));
        Assert.Equal((4, "gw-1", true), (_claim.State!.Epoch, _claim.State.Node, _claim.State.IsConnected));
        Assert.Equal(connection, Connect(_second).Former);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void Report_OfAnotherConnectionThanTheDirectoryKnows_CountsWhereItsEpochIsHigher(long epoch, bool has)
    {
        var claim = new SessionClaim(Make.SessionId, Make.Session(Make.SessionId, Now - 60, epoch: 4));
        Assert.Equal(has, claim.Report(_first with { Epoch = epoch }, Make.Progress(7)));
        Assert.Equal(has ? ("gw-1", 7) : ("gw-9", 1), (claim.State!.Node, claim.State.Progress.Subscription.IntervalSeconds));
    }

    [Fact]
    public void Report_OfTheConnectionThatTheDirectoryTookForLost_HasTheSessionAgain()
    {
        var kept = Make.Session(Make.SessionId, Now - 60, epoch: 4, connected: false);
        var claim = new SessionClaim(Make.SessionId, kept);
        Assert.True(claim.Report(new SessionConnection(kept.Connection, 4, "gw-9", Now - 900, null), Make.Progress(1)));
        Assert.Equal((true, Now - 900), (claim.State!.IsConnected, claim.State.Since));
    }

    [Fact]
    public void Connect_AfterTheGrainLostItsMemory_GoesOnFromWhatTheDirectoryKnows()
    {
        var claim = new SessionClaim(Make.SessionId, Make.Session(Make.SessionId, Now - 60, epoch: 4));
        var (grant, former) = claim.Connect(_first, TimeSpan.Zero);
        Assert.Equal((5, 1), (grant.Epoch, grant.Subscription!.IntervalSeconds));
        Assert.Null(former!.Observer);
    }

    [Fact]
    public void Close_AReportThatComesLate_DoesNotBringTheSessionBack()
    {
        Connect(_first);
        _claim.Report(_first, Make.Progress(5));
        Assert.True(_claim.IsKnown);
        Assert.Equal(_first, _claim.Close());
        Assert.False(_claim.Report(_first, Make.Progress(5)));
        Assert.False(_claim.Disconnect(_first, Make.Progress(5), Now));
        Assert.False(_claim.IsKnown);

        // The id may be used again; its former connection has nothing of that.
        Assert.Equal(new SessionGrant(2, null, 0), Connect(_second).Grant);
        Assert.False(_claim.Report(_first, Make.Progress(5)));
        Assert.True(_claim.Report(_second with { Epoch = 2 }, Make.Progress(6)));
    }

    private (SessionGrant Grant, SessionConnection? Former) Connect(SessionConnection connection, double second = 0) =>
        _claim.Connect(connection, TimeSpan.FromHours(1) + TimeSpan.FromSeconds(second));
}
