using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>A roll-up that goes on where another was; what that had not heard, the shards tell.</summary>
public sealed class RollupFailoverTests : IDisposable
{
    private const long T = Make.Tick;

    private readonly Measurements _measured = new();
    private readonly GrainInstruments _instruments;
    private readonly Rollup _former;

    public RollupFailoverTests()
    {
        _instruments = new GrainInstruments(_measured);
        _former = New();
        _former.Stage(0, Make.Answer(Make.ShardTick(T, 5)));
        _former.Stage(1, Make.Answer(Make.ShardTick(T, 2)));
        _former.Advance(T);
    }

    [Fact]
    public void Stage_ALateTickAfterABaselineThatWaitsForOtherShards_CountsOnceInItsOwnSecond()
    {
        var next = New(_former.ToHead(0));
        next.Stage(0, Make.Answer() with { Baseline = new ShardBaseline(T, Make.Parts(Make.Key, "gw-1", 7)) });
        next.Stage(0, Make.Answer(Make.ShardTick(T - 1, 2)));
        next.Advance(T + 1);
        Assert.Equal((Make.Counters(9), 9), (next.Total, next.Cluster.Durations[700]));
        Assert.Equal((T - 1, 2), Points(next).Select(point => (point.Tick, point.Added.Successes)).Single());
    }

    public void Dispose() => _measured.Dispose();

    private static List<Point> Points(Rollup rollup) => [.. rollup.Cluster.History.OpenPoints(rollup.Tick)];

    private Rollup New(RollupHead? head = null) => new(2, head, _instruments);
}
