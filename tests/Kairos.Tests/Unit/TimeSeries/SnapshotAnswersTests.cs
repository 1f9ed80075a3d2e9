using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SnapshotAnswersTests : IDisposable
{
    private const long T = Make.Tick;

    private readonly Measurements _measured = new();
    private readonly SnapshotAnswers _answers = new();
    private readonly Rollup _rollup;

    public SnapshotAnswersTests()
    {
        _rollup = new Rollup(1, null, new GrainInstruments(_measured));
        Tell(T);
        Tell(T + 1);
    }

    [Fact]
    public void Get_TheSameBetweenTwoTicks_IsWorkedOutOnce()
    {
        var answer = _answers.Get(_rollup, Scope.Cluster, T);
        Assert.Equal([T + 1], answer.Select(s => s.Tick));
        Assert.Same(answer, _answers.Get(_rollup, Scope.Cluster, T));
        Assert.Equal([T, T + 1], _answers.Get(_rollup, Scope.Cluster, T - 1).Select(s => s.Tick).Where(tick => tick >= T));
        Assert.Same(answer, _answers.Get(_rollup, Scope.Cluster, T));
    }

    [Fact]
    public void Get_AfterTheNextTick_HasThat()
    {
        _answers.Get(_rollup, Scope.Cluster, T);
        Tell(T + 2);
        Assert.Equal([(T + 1, 2L), (T + 2, 3L)], _answers.Get(_rollup, Scope.Cluster, T).Select(s => (s.Tick, s.Counters.Successes)));
    }

    [Fact]
    public void Get_ManyDifferentTicks_AreAnsweredRightly()
    {
        for (var afterTick = T - 100; afterTick <= T; afterTick++)
        {
            Assert.Equal(T + 1, _answers.Get(_rollup, Scope.Cluster, afterTick)[^1].Tick);
        }

        Assert.Empty(_answers.Get(_rollup, Scope.Cluster, T + 1));
    }

    public void Dispose() => _measured.Dispose();

    private void Tell(long tick)
    {
        _rollup.Stage(0, Make.Answer(Make.ShardTick(tick, 1)));
        _rollup.Advance(tick);
    }
}
