using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class TickWindowTests
{
    private const long T = Make.Tick;

    private readonly TickWindow _window = new();

    [Fact]
    public void Tell_ALateCount_IsToldOfItsOwnTickAlone()
    {
        Add(T, 1);
        Add(T + 2, 4);
        Assert.Equal([(T, 1), (T + 2, 4)], Successes(TellAll().Ticks));
        Add(T + 1, 10);
        Add(T, 2);
        Assert.Equal([(T, 2), (T + 1, 10)], Successes(TellNext(T + 2)));
        Assert.Empty(TellNext(T + 2));
    }

    [Fact]
    public void Note_ATickWithoutRequests_IsATick()
    {
        _window.Note(T, "gw-1", new Gauges(3));
        _window.Note(T, "gw-2", new Gauges(4));
        var tick = Assert.Single(TellAll().Ticks);
        Assert.Equal((T, 7, 2, 0), (tick.Tick, tick.Nodes.Sum(node => node.Gauges.InFlight), tick.Nodes.Count, tick.Added.Count));
    }

    [Fact]
    public void Note_ARepeat_ChangesNothing()
    {
        _window.Note(T, "gw-1", new Gauges(3));
        var changes = _window.Changes;
        _window.Note(T, "gw-1", new Gauges(3));
        Assert.Equal(changes, _window.Changes);

        // Also when it has been told, and when that has been confirmed.
        TellAll();
        _window.Note(T, "gw-1", new Gauges(3));
        TellNext(T);
        _window.Note(T, "gw-1", new Gauges(3));
        Assert.Equal(changes, _window.Changes);
        _window.Note(T, "gw-1", new Gauges(4));
        Assert.Equal(new TickNode("gw-1", new Gauges(4)), Assert.Single(Assert.Single(TellNext(T)).Nodes));
    }

    [Fact]
    public void Tell_UpToATick_HoldsLaterOnesBack()
    {
        Add(T, 1);
        Add(T + 1, 1);
        Assert.Equal([(T, 1)], Successes(_window.Tell(Make.FirstCursor, known: false, T).Ticks));
        Assert.Equal([(T + 1, 1)], Successes(TellNext(T + 1)));
    }

    [Fact]
    public void Tell_AnAnswerWasLost_IsToldAgainWithWhatCameMeanwhile()
    {
        Add(T, 1);
        TellAll();
        Add(T + 1, 2);
        var asked = Cursor(T);
        Assert.Equal([(T + 1, 2)], Successes(_window.Tell(asked, known: true, T + 1).Ticks));
        Add(T + 1, 3);
        Assert.Equal([(T + 1, 5)], Successes(_window.Tell(asked, known: true, T + 1).Ticks));
        Assert.Empty(TellNext(T + 1));
    }

    [Fact]
    public void Tell_ACallerThatKnowsNothing_GetsABaselineOfWhatItHasAndTheTicksAfterThat()
    {
        Add(T, 1);
        Add(T + 1, 2);
        Add(T + 2, 4);
        var (baseline, ticks) = _window.Tell(new ShardCursor(Guid.Empty, -1, T + 1, T), known: false, T + 2);
        Assert.Equal((T + 1, Make.Counters(3)), (baseline!.Tick, Shown.SumOf(baseline.Parts).Counters));
        Assert.Equal([(T + 2, 4)], Successes(ticks));

        // Whoever holds an older answer than the last begins anew as well.
        (baseline, ticks) = _window.Tell(Cursor(T + 2) with { Version = _window.Version - 1 }, known: true, T + 2);
        Assert.Equal(Make.Counters(7), Shown.SumOf(baseline!.Parts).Counters);
        Assert.Empty(ticks);
    }

    [Fact]
    public void Tell_ACallerThatKnowsNothing_IsToldWhoReportedForTheTicksOfTheBaseline()
    {
        for (var i = 0; i < 4; i++)
        {
            Add(T + i, 1);
            _window.Note(T + i, "gw-1", new Gauges(i));
            if (i < 2)
                _window.Tell(Cursor(T + i), known: i > 0, T + i);
        }

        // One told and confirmed, though safe, one told, one not told at all; each without its counts.
        var (baseline, ticks) = _window.Tell(new ShardCursor(Guid.Empty, -1, T + 2, T), known: false, T + 3);
        Assert.Equal(Make.Counters(3), Shown.SumOf(baseline!.Parts).Counters);
        Assert.Equal([(T, 0), (T + 1, 0), (T + 2, 0), (T + 3, 1)], Successes(ticks));
        Assert.Equal([0, 1, 2, 3], ticks.Select(tick => Assert.Single(tick.Nodes).Gauges.InFlight));
    }

    [Fact]
    public void Tell_TicksThatAreSafe_AreNoLongerKeptByThemselves()
    {
        Add(T, 1);
        Add(T + 1, 2);
        TellAll();
        _window.Tell(Cursor(T + 1) with { SafeTick = T }, known: true, T + 1);
        var (baseline, ticks) = _window.Tell(Make.FirstCursor, known: false, T + 1);
        Assert.Equal(Make.Counters(1), Shown.SumOf(baseline!.Parts).Counters);
        Assert.Equal([(T + 1, 2)], Successes(ticks));
    }

    [Fact]
    public void Add_WhileNobodyAsks_KeepsABoundedNumberOfTicksAndEveryCount()
    {
        for (var i = 0; i < TickWindow.LengthMax + 10; i++)
            Add(T + i, 1);
        Assert.Equal(Make.Counters(TickWindow.LengthMax + 10), _window.Total);
        var ticks = Successes(TellAll().Ticks);
        Assert.Equal((TickWindow.LengthMax, (T + 10, 11)), (ticks.Count, ticks[0]));
    }

    [Fact]
    public void Add_MoreSeriesThanAllowed_ShareTheOverflowSeries()
    {
        for (var i = 0; i <= TickWindow.SeriesMax; i++)
            _window.Add(T, Make.Key with { Destination = $"d{i}" }, "gw-1", Make.Counters(1), new Sketch());
        var added = Assert.Single(TellAll().Ticks).Added;
        Assert.Equal(TickWindow.SeriesMax + 2, added.Count);
        Assert.Equal(Make.Counters(1), added.Single(part => part.Key == PartKey.Of(SeriesKey.Overflow)).Counts.Counters);
        Assert.Equal(1, _window.Overflows);
    }

    [Fact]
    public void ToStored_AnyState_ComesBackAsIfAllHadBeenTold()
    {
        Add(T, 1);
        TellAll();
        Add(T + 1, 2);
        TellNext(T + 1);
        Add(T + 1, 4);
        _window.Note(T + 1, "gw-1", new Gauges(7));
        var stored = Serialization.RoundTrip(_window.ToStored());
        var (baseline, ticks) = stored.Tell(Make.FirstCursor, known: false, T + 1);
        Assert.Empty(baseline!.Parts);
        Assert.Equal([(T, 1), (T + 1, 6)], Successes(ticks));
        Assert.Equal([new TickNode("gw-1", new Gauges(7))], ticks[1].Nodes);

        // And has not touched what goes on.
        Assert.Equal([(T + 1, 4)], Successes(TellNext(T + 1)));
    }

    private void Add(long tick, long successes) => _window.Add(tick, Make.Key, "gw-1", Make.Counters(successes), Make.Sketch((700, successes)));

    private (ShardBaseline? Baseline, List<ShardTick> Ticks) TellAll() => _window.Tell(Make.FirstCursor, known: false, long.MaxValue);

    private List<ShardTick> TellNext(long upToTick)
    {
        var (baseline, ticks) = _window.Tell(Cursor(upToTick), known: true, upToTick);
        Assert.Null(baseline);
        return ticks;
    }

    private ShardCursor Cursor(long tick) => new(Guid.Empty, _window.Version, tick, -1);

    private static List<(long Tick, long Successes)> Successes(IEnumerable<ShardTick> ticks) =>
        [.. ticks.Select(t => (t.Tick, Shown.SumOf(t.Added).Counters.Successes))];
}
