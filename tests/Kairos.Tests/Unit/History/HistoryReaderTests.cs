using CsCheck;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>History as it is read, from memory and from sealed blocks.</summary>
public sealed class HistoryReaderTests : IDisposable
{
    private const long T = RollupActivation.Start;
    private const int Seconds = 5_000;

    private readonly MemoryStorage _storage = new();
    private readonly Measurements _measured = new();
    private readonly GrainInstruments _instruments;

    public HistoryReaderTests() => _instruments = new GrainInstruments(_measured);

    [Fact]
    public async Task ReadAsync_ARange_HasStepsOfItsOwnDurationsAndTheValueAtTheirEnd()
    {
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        await life.RunAsync(1, 4_000);

        // From the tier that reaches back far enough: ten seconds a point beyond the hour.
        var range = await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T, T + 4_000, 0, 720, true));
        Assert.Equal((10, 400), (range.StepSeconds, range.Points.Count));
        Assert.All(range.Points, point => Assert.Equal((10, 10, 10), (point.Seconds, point.Added.Successes, point.Durations!.Count)));

        // The smallest step that fits.
        range = await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T + 400, T + 4_000, 0, 720, false));
        Assert.Equal((5, 720, T + 405, T + 4_000), (range.StepSeconds, range.Points.Count, range.Points[0].Tick, range.Points[^1].Tick));
        Assert.Equal([405L, 410], range.Points.Take(2).Select(point => point.Counters.Successes));
        Assert.All(range.Points, point => Assert.Null(point.Durations));

        // The points of whole blocks are joined once for all who ask; those at the ends are of the range alone.
        for (var round = 0; round < 2; round++)
        {
            range = await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T + 403, T + 3_998, 0, 720, true));
            Assert.Equal((5, 720, 2, 3), (range.StepSeconds, range.Points.Count, range.Points[0].Seconds, range.Points[^1].Seconds));
            Assert.Equal([405L, 410], range.Points.Take(2).Select(point => point.Counters.Successes));
            Assert.All(range.Points, point => Assert.Equal((point.Seconds, point.Seconds), ((int)point.Added.Successes, (int)point.Durations!.Count)));
            Assert.All(range.Points.Skip(1).SkipLast(1), point => Assert.Equal((5, point.Tick - T), (point.Seconds, point.Counters.Successes)));
        }

        // The same for a node whose newest tick is the one before.
        range = await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T + 399, T + 3_999, 0, 720, false));
        Assert.Equal((5, T + 3_999), (range.StepSeconds, range.Points[^1].Tick));

        // A step that the tier's points do not make up becomes one that they do.
        range = await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T, T + 4_000, 15, 720, false));
        Assert.Equal((20, 200), (range.StepSeconds, range.Points.Count));

        // The end belongs to the range, its beginning does not; more points than allowed are the newest ones.
        Assert.Equal([T + 3_001, T + 3_002], (await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T + 3_000, T + 3_002, 1, 10, false))).Points.Select(p => p.Tick));
        Assert.Equal([T + 3_009, T + 3_010], (await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T + 3_000, T + 3_010, 1, 2, false))).Points.Select(p => p.Tick));
        Assert.Empty((await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T + 4_000, T + 5_000, 1, 10, false))).Points);
    }

    [Fact]
    public async Task ReadAsync_SecondsInWhichNobodyRan_AreMissingInEveryTier()
    {
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        await life.RunAsync(1, 600);
        await life.RunAsync(2_000, 4_500);
        var range = await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T + 500, T + 2_005, 10, 720, false));
        Assert.Equal([T + 600, T + 2_000], range.Points.Select(point => point.Tick).Where(tick => tick >= T + 600));

        // What was counted meanwhile by nobody's clock stays out; the total goes on.
        Assert.Equal((600L, 1), (range.Points.Last(point => point.Tick <= T + 600).Counters.Successes, range.Points.Single(point => point.Tick == T + 2_000).Seconds));
    }

    [Fact]
    public async Task ReadAsync_AnyRangeAndStep_IsWhatTheSecondsAddUpTo()
    {
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        var seconds = Run(life);
        var queries = Gen.Select(Gen.Int[-600, Seconds], Gen.Int[1, Seconds + 2], Gen.OneOf(Gen.Const(0), Gen.Const(1), Gen.Const(5), Gen.Const(10), Gen.Const(15), Gen.Const(60), Gen.Const(120)), Gen.OneOf(Gen.Const(7), Gen.Const(720), Gen.Const(4_000)), Gen.Bool)
            .Select((from, length, step, max, durations) => new HistoryQuery(Scope.Cluster, T + from, T + from + length, step, max, durations));
        await queries.SampleAsync(
            async query =>
            {
                var range = await life.HistoryAsync(query);
                var (tier, expected) = Expected(seconds, query, range.StepSeconds, life.Rollup.Scopes.Find(Scope.Cluster)!.History.SealedTo);
                Assert.Equal(0, range.StepSeconds % tier.StepSeconds);
                Assert.InRange(range.StepSeconds, query.StepSeconds, query.StepSeconds == 0 ? int.MaxValue : query.StepSeconds + tier.StepSeconds - 1);
                Assert.Equal(expected.Select(second => second with { Durations = null }), range.Points.Select(Shown));
                foreach (var (point, second) in range.Points.Zip(expected))
                    Assert.Equal(query.WithDurations ? Percentiles(second.Durations) : null, Percentiles(point.Durations));
            },
            iter: 400,
            threads: 1);
    }

    public void Dispose() => _measured.Dispose();

    /// <summary>Some minutes without anybody, quiet seconds and busy ones; the last minutes are not sealed.</summary>
    private static List<Second> Run(RollupActivation life)
    {
        var (random, seconds, total) = (new Random(5900), new List<Second>(), default(RequestCounters));
        for (var i = 1; i <= Seconds; i++)
        {
            if (i is > 1_234 and <= 1_600 || random.Next(40) == 0)
                continue;
            var durations = new Sketch();
            for (var left = random.Next(3) == 0 ? 0 : random.Next(12); left > 0; left--)
                durations.Add(400 + (int)(300 * Math.Pow(random.NextDouble(), 3)), 1);
            var counts = new Counts { Counters = Make.Counters(durations.Count), Durations = durations };
            life.Run(new ShardTick(
                T + i,
                [new TickNode("gw-1", new Gauges(i % 7, Gateways: 1))],
                durations.Count == 0 ? [] : [new PartCounts(PartKey.Of(Make.Key), counts), new PartCounts(PartKey.OfNode("gw-1"), counts)]));
            total += counts.Counters;
            seconds.Add(new Second(T + i, 1, total, counts.Counters, i % 7, durations));
        }

        return seconds;
    }

    private static (HistoryTier Tier, List<Second> Points) Expected(List<Second> seconds, HistoryQuery query, int step, long sealedTo)
    {
        var (newest, tiers) = (seconds[^1].Tick, HistoryTier.Of(ScopeKind.Cluster));
        var able = tiers.Where(tier => query.FromTick >= newest - tier.RetentionSeconds - 5).ToList();
        var tier = query.StepSeconds > 0 ? able.Where(t => query.StepSeconds % t.StepSeconds == 0).LastOrDefault(able[0]) : able[0];

        // What is sealed of a coarser tier is seen whole or not at all.
        var points = Join(seconds.Where(second => second.Tick <= Math.Max(query.ToTick, sealedTo)), tier.StepSeconds)
            .Where(point => point.Tick > Math.Max(query.FromTick, newest - tier.RetentionSeconds) && point.Tick <= query.ToTick);
        return (tier, [.. Join(points, step).TakeLast(query.PointsMax)]);
    }

    private static IEnumerable<Second> Join(IEnumerable<Second> seconds, int step) =>
        seconds.GroupBy(second => (second.Tick - 1) / step).Select(group =>
        {
            var durations = new Sketch();
            foreach (var second in group)
                durations.Add(second.Durations!);
            return group.Last() with { Seconds = group.Sum(s => s.Seconds), Added = group.Aggregate(default(RequestCounters), (sum, s) => sum + s.Added), Durations = durations };
        });

    private static Second Shown(HistoryPoint point) => new(point.Tick, point.Seconds, point.Counters, point.Added, point.Gauges.InFlight, null);

    private static string? Percentiles(Sketch? durations) => durations is not { Count: > 0 }
        ? null
        : string.Join(' ', MetricTable.Quantiles.Select(durations.Quantile).Prepend(durations.Count));

    /// <summary>A second, or several joined.</summary>
    private sealed record Second(long Tick, int Seconds, RequestCounters Counters, RequestCounters Added, int InFlight, Sketch? Durations);
}
