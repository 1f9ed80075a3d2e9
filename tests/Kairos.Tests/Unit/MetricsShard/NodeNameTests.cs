using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Two processes that report under one node's name.</summary>
public sealed class NodeNameTests
{
    private const long T = Make.Tick;
    private const long Now = T * 1_000;

    private readonly ShardState _state = new(null, Make.Cluster);
    private readonly Guid _first = Guid.NewGuid();
    private readonly Guid _second = Guid.NewGuid();

    [Fact]
    public void Merge_ASecondProcessWhileTheFirstReports_IsWithheld()
    {
        Report(_first, 5, Now);
        Assert.Equal(ReportOutcome.NameTaken, Report(_second, 100, Now + 1_000).Outcome);
        Report(_first, 6, Now + 4_000);
        Assert.Equal(ReportOutcome.NameTaken, Report(_second, 100, Now + 9_000).Outcome);
        Assert.Equal(Make.Counters(6), _state.Total);
        Assert.Equal(1, _state.IncarnationCount);
    }

    [Fact]
    public void Merge_ARestartRightAfterAKill_IsTakenWhenTheLeaseHasRunOut()
    {
        Report(_first, 5, Now);
        Assert.Equal(ReportOutcome.NameTaken, Report(_second, 2, Now + Incarnations.LeaseMilliseconds).Outcome);
        Assert.Equal(ReportOutcome.Merged, Report(_second, 3, Now + Incarnations.LeaseMilliseconds + 1).Outcome);
        Assert.Equal(Make.Counters(8), _state.Total);
    }

    [Fact]
    public void Merge_AfterAGracefulStop_TheNameIsFreeAtOnce()
    {
        _state.Merge(Make.Node("gw-1", _first, T, Make.Report(T, 5)) with { Leaving = true }, Now);
        Assert.Equal(ReportOutcome.Merged, Report(_second, 2, Now).Outcome);

        // A report that the goodbye has overtaken does not take it back.
        Report(_first, 5, Now + 1);
        Assert.Equal(ReportOutcome.Merged, Report(_second, 3, Now + 2).Outcome);
    }

    [Fact]
    public void Merge_TheLastReportOfAWithheldProcess_IsCountedAndTakesNoName()
    {
        Report(_first, 5, Now, inFlight: 1);
        var last = Make.Node("gw-1", _second, T, Make.Report(T, 2, inFlight: 4)) with { Leaving = true };
        Assert.Equal(ReportOutcome.NameTaken, _state.Merge(last, Now).Outcome);
        Assert.Equal(Make.Counters(7), _state.Total);
        Assert.Equal(ReportOutcome.Merged, Report(_first, 6, Now + 250).Outcome);
        Assert.Equal([_first], _state.LiveIncarnations(Now + 250));
    }

    [Fact]
    public void Merge_AFrozenProcessWhoseNameWasGivenAway_IsCountedAndToldSo()
    {
        Report(_first, 5, Now);
        Report(_second, 1, Now + 6_000);
        Assert.Equal(ReportOutcome.NameTaken, Report(_first, 8, Now + 7_000).Outcome);
        Assert.Equal(Make.Counters(9), _state.Total);
        Assert.Equal(ReportOutcome.Merged, Report(_second, 2, Now + 7_100).Outcome);
    }

    [Fact]
    public void Merge_AFrozenProcessWhoseNameIsStillItsOwn_IsLiveAgain()
    {
        Report(_first, 5, Now);
        Assert.Empty(_state.LiveIncarnations(Now + 30_000));
        Assert.Equal(ReportOutcome.Merged, Report(_first, 6, Now + 30_000).Outcome);
        Assert.Equal([_first], _state.LiveIncarnations(Now + 30_000));
    }

    [Fact]
    public void Merge_StandaloneASecondProcess_ProvesThatTheFirstHasEnded()
    {
        var state = new ShardState(null, new NodeLifetime(EndsWithSilo: true));
        state.Merge(Make.Node("gw-1", _first, T, Make.Report(T, 5)), Now);
        Assert.Equal(ReportOutcome.Merged, state.Merge(Make.Node("gw-1", _second, T, Make.Report(T, 1)), Now).Outcome);
        Assert.Equal([_second], state.LiveIncarnations(Now));
    }

    [Fact]
    public void Replay_BothProcessesOfOneNameInAnEntry_CountsBoth()
    {
        Report(_first, 5, Now);
        Report(_second, 3, Now + 6_000);
        var recovered = new ShardState(null, Make.Cluster);
        recovered.Replay(Serialization.RoundTrip(_state.TakeUnwritten().Entry));
        Assert.Equal(Make.Counters(8), recovered.Total);
        Assert.Equal([_second], recovered.LiveIncarnations(Now + 6_000));
    }

    [Fact]
    public void Merge_BothHoldTheNameAfterARecovery_OneOfThemKeepsIt()
    {
        // Storage has the first from before it lost its name, and the second as a later entry.
        Report(_first, 5, Now);
        var former = Serialization.RoundTrip(_state.TakeUnwritten().Entry);
        Report(_second, 1, Now + 6_000);
        var later = Serialization.RoundTrip(_state.TakeUnwritten().Entry);
        var recovered = new ShardState(null, Make.Cluster);
        recovered.Replay(former);
        recovered.Replay(later);

        var tick = T + 7;
        List<ReportOutcome> outcomes = [];
        foreach (var id in new[] { _second, _first, _second, _first, _second })
            outcomes.Add(recovered.Merge(Make.Node("gw-1", id, tick - 1, Make.Report(tick, 9)), Now + 7_000).Outcome);
        Assert.Equal(
            [ReportOutcome.Merged, ReportOutcome.NameTaken, ReportOutcome.Merged, ReportOutcome.NameTaken, ReportOutcome.Merged], outcomes);
        Assert.Equal(Make.Counters(18), recovered.Total);
    }

    [Fact]
    public void Replay_ANodeThatSaidGoodbye_IsNotBroughtBackByAnOvertakenReport()
    {
        _state.Merge(Make.Node("gw-1", _first, T, Make.Report(T, 5)) with { Leaving = true }, Now);
        var recovered = new ShardState(null, Make.Cluster);
        recovered.Replay(Serialization.RoundTrip(_state.TakeUnwritten().Entry));
        recovered.Merge(Make.Node("gw-1", _first, T - 1, Make.Report(T, 4)), Now + 100);
        Assert.Empty(recovered.LiveIncarnations(Now + 100));
    }

    [Fact]
    public void Nodes_SeveralRunsOfANode_ListsTheLatest()
    {
        Report(_first, 5, Now, inFlight: 3);
        Assert.Equal((NodeState.Live, 3, T - 1), StateAt(Now));
        Assert.Equal((NodeState.Gone, 0, T - 1), StateAt(Now + 5_001));

        _state.Merge(Make.Node("gw-1", _second, T + 5, Make.Report(T + 6, 2, inFlight: 1)) with { Draining = true }, Now + 6_000);
        Assert.Equal((NodeState.Draining, 1, T + 5), StateAt(Now + 6_000));
        Assert.Equal(Now + 6_000, Assert.Single(_state.Nodes(Now + 6_000)).StartedAt);
    }

    [Fact]
    public void Nodes_ThatAreGone_TellWhetherTheySaidGoodbye()
    {
        Report(_first, 5, Now);
        Assert.False(SaidGoodbye(_state, Now));
        Assert.False(SaidGoodbye(_state, Now + 5_001));

        Report(_second, 1, Now + 6_000);
        _state.Merge(Make.Node("gw-1", _second, T + 7, Make.Report(T + 7, 2)) with { Leaving = true }, Now + 7_000);
        Assert.True(SaidGoodbye(_state, Now + 7_000));
        Assert.True(SaidGoodbye(new ShardState(Serialization.RoundTrip(_state.ToBase(Now + 7_000).Base), Make.Cluster), Now + 20_000));
        var recovered = new ShardState(null, Make.Cluster);
        recovered.Replay(Serialization.RoundTrip(_state.TakeUnwritten().Entry));
        Assert.True(SaidGoodbye(recovered, Now + 20_000));

        Report(Guid.NewGuid(), 1, Now + 30_000);
        Assert.False(SaidGoodbye(_state, Now + 30_000));
    }

    private static bool SaidGoodbye(ShardState state, long now) => Assert.Single(state.Nodes(now)).SaidGoodbye;

    private (NodeState State, int InFlight, long ClosedTick) StateAt(long now)
    {
        var node = Assert.Single(_state.Nodes(now));
        return (node.State, node.InFlight, node.ClosedTick);
    }

    private ReportAck Report(Guid incarnation, long successes, long now, int inFlight = 0)
    {
        var tick = now / 1_000;
        return _state.Merge(Make.Node("gw-1", incarnation, tick - 1, Make.Report(tick, successes, inFlight)), now);
    }
}
