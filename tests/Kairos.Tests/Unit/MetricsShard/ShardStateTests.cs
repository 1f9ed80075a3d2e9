using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class ShardStateTests
{
    private const long T = Make.Tick;
    private const long Now = T * 1_000;

    private readonly ShardState _state = new(null, Make.Cluster);
    private readonly Guid _first = Guid.NewGuid();
    private readonly Guid _second = Guid.NewGuid();

    [Fact]
    public void Merge_TicksOfANode_CountsTheDifferencesInTheirTicks()
    {
        _state.Merge(Make.Node("gw-1", _first, T - 1, Make.Report(T - 1, 5), Make.Report(T, 7)), Now);
        Assert.Equal([(T - 1, 5), (T, 7)], Successes());
        Assert.Equal(Make.Counters(7), _state.Total);
    }

    [Fact]
    public void Merge_LateTicksOfAnotherNode_LandInTheirOwnSeconds()
    {
        _state.Merge(Make.Node("gw-1", _first, T - 1, Make.Report(T - 2, 5), Make.Report(T, 7)), Now);
        _state.Merge(Make.Node("gw-2", _second, T - 1, Make.Report(T - 2, 10), Make.Report(T - 1, 30)), Now);
        Assert.Equal([(T - 2, 15), (T - 1, 35), (T, 37)], Successes());
    }

    [Fact]
    public void Merge_ARepeat_ChangesNothing()
    {
        var report = Make.Node("gw-1", _first, T - 1, Make.Report(T - 1, 5, inFlight: 2));
        _state.Merge(report, Now);
        var (changes, version) = (_state.Changes, _state.Version);
        Assert.Equal(ReportOutcome.Merged, _state.Merge(report, Now).Outcome);
        Assert.Equal((changes, version, Make.Counters(5)), (_state.Changes, _state.Version, _state.Total));
    }

    [Fact]
    public void Merge_AnOvertakenReport_NeverLowersATotal()
    {
        _state.Merge(Make.Node("gw-1", _first, T, Make.Report(T, 9)), Now);
        _state.Merge(Make.Node("gw-1", _first, T - 1, Make.Report(T, 4)), Now);
        Assert.Equal(Make.Counters(9), _state.Total);
        Assert.Equal(9, _state.Durations(Now)[700]);
    }

    [Fact]
    public void Merge_ANodeWhoseClockIsAhead_CountsInTheTickNowOpen()
    {
        _state.Merge(Make.Node("gw-1", _first, T + 3_600, Make.Report(T + 3_600, 5)), Now);
        Assert.Equal([(T + 1, 5)], Successes());
    }

    [Fact]
    public void Watermark_LiveNodes_IsWhatAllHaveClosed()
    {
        Assert.Equal(long.MaxValue, _state.Watermark(Now));
        _state.Merge(Make.Node("gw-1", _first, T - 1, Make.Report(T, 1)), Now);
        _state.Merge(Make.Node("gw-2", _second, T - 4, Make.Report(T - 3, 1)), Now - 2_000);
        Assert.Equal(T - 4, _state.Watermark(Now));

        // The second one is silent for too long: nobody waits for it any more, though its name is its own until its lease ends.
        Assert.Equal(T - 4, _state.Watermark(Now + 1_000));
        Assert.Equal(T - 1, _state.Watermark(Now + 1_001));
        Assert.Equal([_first, _second], _state.LiveIncarnations(Now + 3_000));
        Assert.Equal([_first], _state.LiveIncarnations(Now + 3_001));
    }

    [Fact]
    public void ChangedSince_ALiveNodeThatIsLate_CountsWithItsLastGauge()
    {
        _state.Merge(Make.Node("gw-1", _first, T - 1, Make.Report(T, 1, inFlight: 3)), Now);
        _state.Merge(Make.Node("gw-2", _second, T - 2, Make.Report(T - 1, 1, inFlight: 4)), Now);
        Assert.Equal(7, _state.All(Now)[^1].InFlight);
        Assert.Equal(3, _state.All(Now + Incarnations.GaugeLeaseMilliseconds + 1)[^1].InFlight);
    }

    [Fact]
    public void Merge_ALeavingNode_IsLiveNoMore()
    {
        _state.Merge(Make.Node("gw-1", _first, T, Make.Report(T, 1)) with { Leaving = true }, Now);
        Assert.Empty(_state.LiveIncarnations(Now));
        Assert.Equal(long.MaxValue, _state.Watermark(Now));
    }

    [Fact]
    public void Merge_ALaterIncarnationOfTheNode_EndsTheFormerAndAddsToIt()
    {
        _state.Merge(Make.Node("gw-1", _first, T - 3, Make.Report(T - 2, 5, inFlight: 8)), Now - Incarnations.LeaseMilliseconds - 1);
        _state.Merge(Make.Node("gw-1", _second, T - 1, Make.Report(T, 2)), Now);
        Assert.Equal(T - 1, _state.Watermark(Now));
        Assert.Equal(Make.Counters(7), _state.Total);
        Assert.Equal(0, _state.All(Now)[^1].InFlight);

        // The former's last report may still be under way; it counts, and stays ended.
        _state.Merge(Make.Node("gw-1", _first, T - 2, Make.Report(T - 2, 6)), Now);
        Assert.Equal(Make.Counters(8), _state.Total);
        Assert.Equal(T - 1, _state.Watermark(Now));
    }

    [Fact]
    public void ToBase_AnHourAfterItsLastReport_ClosesTheIncarnationAndKeepsItsCounts()
    {
        _state.Merge(Make.Node("gw-1", _first, T, Make.Report(T, 5)), Now);
        _state.ToBase(Now + 3_600_000).Written();
        Assert.Equal(1, _state.IncarnationCount);

        var (_, written) = _state.ToBase(Now + 3_600_001);
        Assert.Equal(0, _state.IncarnationCount);
        Assert.Equal(Make.Counters(5), _state.Total);

        // Until storage has it, a crash would undo it: the node is told nothing yet and keeps what it has.
        var late = Make.Node("gw-1", _first, T + 4_000, Make.Report(T + 4_000, 8));
        var waiting = _state.Merge(late, Now + 4_000_000);
        Assert.Equal((ReportOutcome.Merged, 0, Make.Counters(5)), (waiting.Outcome, waiting.DurableTick, _state.Total));
        written();

        // What the node counted meanwhile is not taken from the closed incarnation.
        var ack = _state.Merge(late, Now + 4_000_000);
        Assert.Equal(ReportOutcome.Closed, ack.Outcome);
        Assert.Equal([new ClosedSeries(Make.Key, Make.Counters(5))], ack.ClosedAt);
        Assert.Equal(Make.Counters(5), _state.Total);

        // It goes on as a new one with the excess.
        _state.Merge(Make.Node("gw-1", _second, T + 4_000, Make.Report(T + 4_000, 3)), Now + 4_000_000);
        Assert.Equal(Make.Counters(8), _state.Total);
    }

    [Fact]
    public void ToBase_FoldThenRecovered_StillAnswersClosed()
    {
        _state.Merge(Make.Node("gw-1", _first, T, Make.Report(T, 5)), Now);
        var recovered = new ShardState(Serialization.RoundTrip(_state.ToBase(Now + 3_600_001).Base), Make.Cluster);
        var ack = recovered.Merge(Make.Node("gw-1", _first, T + 4_000, Make.Report(T + 4_000, 8)), Now + 4_000_000);
        Assert.Equal((ReportOutcome.Closed, Make.Counters(5)), (ack.Outcome, ack.ClosedAt[0].Counters));
    }

    [Fact]
    public void Merge_MoreIncarnationsThanAllowed_FoldsTheOneLongestSilent()
    {
        for (var i = 0; i <= Incarnations.Max; i++)
            _state.Merge(Make.Node($"gw-{i}", i == 0 ? _first : Guid.NewGuid(), T, Make.Report(T, 1)), Now + i);

        Assert.Equal(Incarnations.Max, _state.IncarnationCount);
        Assert.Equal(Make.Counters(Incarnations.Max + 1), _state.Total);
        _state.ToBase(Now).Written();
        Assert.Equal(ReportOutcome.Closed, _state.Merge(Make.Node("gw-0", _first, T, Make.Report(T, 1)), Now).Outcome);
    }

    private List<(long Tick, long Successes)> Successes() => [.. _state.All(Now).Select(t => (t.Tick, t.Counters.Successes))];
}
