using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>A shard that was stored by a version that kept no parts: all that it knows of them, its incarnations say.</summary>
public sealed class ShardUpgradeTests
{
    private const long T = Make.Tick;
    private const long Now = T * 1_000;

    private static readonly SeriesKey Other = Make.Key with { Destination = "shop/2" };

    private readonly ShardState _former = new(null, Make.Cluster);
    private readonly Guid _first = Guid.NewGuid();

    public ShardUpgradeTests()
    {
        // A node that was restarted, and one whose requests went to another destination as well.
        _former.Merge(Make.Node("gw-1", Guid.NewGuid(), T - 10, Make.Report(T - 10, 7)) with { Leaving = true }, Now - 10_000);
        _former.Merge(Make.Node("gw-1", _first, T - 1, Make.Report(T - 1, 2), Make.Report(T, 5)), Now);
        _former.Merge(Make.Node("gw-2", Guid.NewGuid(), T, Make.Report(T, 30), OfOther(T + 1, 40)), Now);
    }

    [Fact]
    public void ShardState_StoredWithoutParts_TellsWhatItToldBefore()
    {
        var upgraded = Upgraded();
        Assert.Equal(Make.Counters(82), upgraded.Total);
        var told = Told(upgraded);
        Assert.Equal(Told(_former), told);
        Assert.Equal((Make.Counters(42), 42), told[PartKey.Of(Make.Key)]);
        Assert.Equal((Make.Counters(40), 40), told[PartKey.Of(Other)]);
        Assert.Equal((Make.Counters(12), 12), told[PartKey.OfNode("gw-1")]);
        Assert.Equal((Make.Counters(70), 70), told[PartKey.OfNode("gw-2")]);
    }

    [Fact]
    public void Merge_TheNextReportAfterTheUpgrade_AddsTheDifferenceInItsTick()
    {
        var upgraded = Upgraded();
        upgraded.Merge(Make.Node("gw-1", _first, T, Make.Report(T + 1, 9)), Now + 1_000);
        Assert.Equal(Make.Counters(86), upgraded.Total);
        var (_, ticks) = upgraded.Tell(new ShardCursor(Guid.Empty, -1, T, T), known: false, T + 1);
        Assert.Equal([PartKey.Of(Make.Key), PartKey.OfNode("gw-1")], Assert.Single(ticks).Added.Select(part => part.Key));
        Assert.All(ticks[0].Added, part => Assert.Equal((Make.Counters(4), 4), (part.Counts.Counters, part.Counts.Durations[700])));
    }

    [Fact]
    public void ShardState_StoredAgainAfterTheUpgrade_CountsEverythingOnce()
    {
        var again = new ShardState(Serialization.RoundTrip(Upgraded().ToBase(Now).Base), Make.Cluster);
        Assert.Equal(Make.Counters(82), again.Total);
        Assert.Equal(Told(_former), Told(again));
    }

    private ShardState Upgraded() =>
        new(Serialization.RoundTrip(_former.ToBase(Now).Base with { Window = new TickWindow() }), Make.Cluster);

    private static TickReport OfOther(long tick, long successes) =>
        new(tick, default, [new SeriesReport(Other, Make.Counters(successes), Make.Sketch((700, successes)))]);

    /// <summary>What a rollup that knows nothing is told of each part, over all ticks.</summary>
    private static Dictionary<PartKey, (RequestCounters Counters, long Durations)> Told(ShardState state)
    {
        var (baseline, ticks) = state.Tell(Make.FirstCursor, known: false, long.MaxValue);
        return baseline!.Parts.Concat(ticks.SelectMany(tick => tick.Added)).GroupBy(part => part.Key)
            .ToDictionary(part => part.Key, part => (part.Aggregate(default(RequestCounters), (sum, p) => sum + p.Counts.Counters), part.Sum(p => p.Counts.Durations[700])));
    }
}
