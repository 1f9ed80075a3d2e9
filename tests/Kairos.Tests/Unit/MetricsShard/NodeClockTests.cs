using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Nodes whose clock differs from the silo's.</summary>
public sealed class NodeClockTests
{
    private const long T = Make.Tick;

    private readonly ShardState _state = new(null, Make.Cluster);
    private readonly Guid _node = Guid.NewGuid();

    [Theory]
    [InlineData(-3_600)]
    [InlineData(3_600)]
    [InlineData(3)]
    public void Merge_AClockThatIsOff_CountsInTheSecondOfTheSilo(long off)
    {
        Report(T, off, 5);
        Report(T + 1, off, 7);
        Assert.Equal([(T + 1, 5), (T + 2, 7)], Successes());
        Assert.Equal(T + 1, _state.Watermark((T + 1) * 1_000));
        Assert.Equal(-off, Assert.Single(_state.Nodes(T * 1_000)).ClockOffsetSeconds);

        // The node is told what is in storage by its own clock.
        _state.TakeUnwritten().Written();
        Assert.Equal(T + 1 + off, _state.DurableTick(_node));
    }

    [Fact]
    public void Merge_AClockWithinTheTolerance_IsNotCorrected()
    {
        Report(T, -2, 5);
        Assert.Equal([(T - 1, 5)], Successes());
        Assert.Equal(0, _state.ClockOffset(_node));
    }

    [Fact]
    public void Merge_OneReportThatWasHeldUp_IsNoClockThatIsOff()
    {
        Report(T, 0, 5);
        Report(T + 30, -30, 6);
        Assert.Equal(0, _state.ClockOffset(_node));
        Report(T + 31, 0, 7);
        Report(T + 60, -30, 8);
        Assert.Equal(0, _state.ClockOffset(_node));
    }

    [Fact]
    public void Merge_AClockThatIsSetRightWhileTheNodeRuns_IsNotCorrectedAnyMore()
    {
        Report(T, -3_600, 5);
        Report(T + 1, 0, 6);
        Report(T + 2, 0, 7);
        Assert.Equal(0, _state.ClockOffset(_node));
        Assert.Equal(Make.Counters(7), _state.Total);
    }

    [Fact]
    public void Replay_AClockThatIsOff_CountsInTheSameSecond()
    {
        Report(T, -3_600, 5);
        var recovered = new ShardState(null, Make.Cluster);
        recovered.Replay(Serialization.RoundTrip(_state.TakeUnwritten().Entry));
        Assert.Equal(T + 1, Assert.Single(recovered.All(T * 1_000)).Tick);
        Assert.Equal(3_600, recovered.ClockOffset(_node));
    }

    /// <summary>A report at a second of the silo's clock from a node whose own is off by some.</summary>
    private void Report(long second, long off, long successes)
    {
        var open = second + 1 + off;
        _state.Merge(Make.Node("gw-1", _node, open - 1, Make.Report(open, successes)) with { OpenTick = open }, second * 1_000);
    }

    private List<(long Tick, long Successes)> Successes() => [.. _state.All((T + 100) * 1_000).Select(t => (t.Tick, t.Counters.Successes))];
}
