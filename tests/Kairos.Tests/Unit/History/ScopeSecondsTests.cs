using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>The seconds that sessions are told: each as it was counted, of every scope for whoever reported in the cluster.</summary>
public sealed class ScopeSecondsTests : IDisposable
{
    private const long T = RollupActivation.Start;

    private static readonly Scope Route = new(ScopeKind.Route, Make.Key.Route);
    private static readonly Scope Node = new(ScopeKind.Node, "gw-1");

    private readonly MemoryStorage _storage = new();
    private readonly Measurements _measured = new();
    private readonly GrainInstruments _instruments;

    public ScopeSecondsTests() => _instruments = new GrainInstruments(_measured);

    [Fact]
    public async Task ReadSecondsAsync_FromWhatIsKept_HasEverySecondWholeBeforeAndAfterARestart()
    {
        var random = new Random(5900);
        var all = new Sketch();
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        for (var i = 1; i <= 4_500; i++)
        {
            var durations = new Sketch();
            for (var left = random.Next(9); left > 0; left--)
                durations.Add(400 + random.Next(300), 1);
            var counts = new Counts { Counters = Make.Counters(durations.Count), Durations = durations };
            life.Run(new ShardTick(T + i, [new TickNode("gw-1", new Gauges(i % 7, Gateways: 1))], [new PartCounts(PartKey.Of(Make.Key), counts), new PartCounts(PartKey.OfNode("gw-1"), counts)]));
            if (i > 900)
                all.Add(durations);
            if (i % 5 == 0)
                await life.Storage.WriteAsync(life.Rollup);
        }

        using var next = await RollupActivation.BeginAsync(_storage, _instruments);
        foreach (var rollup in new[] { life, next })
        {
            var range = await rollup.SecondsAsync(Scope.Cluster, T - 1);
            Assert.Equal((T + 900, T + 4_500), (range.AfterTick, range.ToTick));
            AssertWhole(range, T + 900, life.Rollup.Total);
            Assert.All(range.Points, point => Assert.Equal(new Gauges((int)((point.Tick - T) % 7), Gateways: 1), point.Gauges));
            var sum = new Sketch();
            foreach (var point in range.Points)
                sum.Add(point.Durations ?? new Sketch());
            SketchTests.AssertSame(all, sum);

            range = await rollup.SecondsAsync(Route, T - 1, withDurations: false);
            Assert.Equal((T + 3_600, T + 4_500), (range.AfterTick, range.ToTick));
            AssertWhole(range, T + 3_600, life.Rollup.Total);
            Assert.All(range.Points, point => Assert.Null(point.Packed));
        }
    }

    [Theory]
    [InlineData(ScopeKind.Cluster, 3_600)]
    [InlineData(ScopeKind.Node, 900)]
    public async Task ReadSecondsAsync_AtAnyTick_HasTheOldestSecondThatItSaysItHas(ScopeKind kind, int kept)
    {
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        await life.RunAsync(1, kept + 600);
        for (var i = kept + 601; i <= kept + 730; i++)
        {
            // What is sealed is written at once, over the oldest there is.
            life.Run(Make.ShardTick(T + i, 1));
            await life.Storage.WriteAsync(life.Rollup);
            var range = await life.SecondsAsync(kind == ScopeKind.Cluster ? Scope.Cluster : Node, 0, withDurations: false);
            Assert.Equal((T + i - kept, T + i), (range.AfterTick, range.ToTick));
            AssertWhole(range, T + i - kept, Make.Counters(i));
        }
    }

    [Fact]
    public async Task ReadSecondsAsync_AfterTheNewestTick_HasNone()
    {
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        await life.RunAsync(1, 10);
        foreach (var after in new[] { T + 10, T + 15 })
        {
            var range = await life.SecondsAsync(Scope.Cluster, after);
            Assert.Equal((after, T + 10, 0), (range.AfterTick, range.ToTick, range.Points.Count));
        }

        Assert.Equal([T + 10], (await life.SecondsAsync(Scope.Cluster, T + 9)).Points.Select(point => point.Tick));
    }

    [Fact]
    public async Task ReadSecondsAsync_ScopesThatCountNothing_HaveASecondWheneverAnyNodeReported()
    {
        // The first node dies in second 400, and its route with it; another one runs on. For a minute nobody runs. All of it in blocks, and not.
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        await life.RunAsync(101, 400);
        for (var i = 401; i <= 800; i++)
        {
            if (i is <= 500 or > 560)
                life.Run(new ShardTick(T + i, [new TickNode("gw-2", new Gauges(3))], Make.Parts(new SeriesKey("carts", "shop", "shop/2"), "gw-2", 1)));
        }

        await life.Storage.WriteAsync(life.Rollup);
        long[] reported = [.. Enumerable.Range(101, 400).Concat(Enumerable.Range(561, 240)).Select(i => T + i)];
        using var next = await RollupActivation.BeginAsync(_storage, _instruments);
        foreach (var rollup in new[] { life, next })
        {
            foreach (var after in new[] { T, T + 130, T + 450, T + 530, T + 700, T + 799 })
            {
                foreach (var (scope, total) in new[] { (Node, 300L), (Route, 300), (new Scope(ScopeKind.Node, "gw-2"), 340), (new Scope(ScopeKind.Route, "carts"), 340), (new Scope(ScopeKind.Route, "never"), 0) })
                {
                    var range = await rollup.SecondsAsync(scope, after);
                    Assert.Equal(reported.Where(tick => tick > after), range.Points.Select(point => point.Tick));
                    Assert.Equal(Make.Counters(total), range.Points[^1].Counters);
                    Assert.All(range.Points, point => Assert.Equal((1, point.Added.Successes, point.Added.Successes > 0), (point.Seconds, point.Durations?.Count ?? 0, point.Packed is not null)));
                    Assert.All(range.Points.Skip(1).Zip(range.Points), pair => Assert.Equal(pair.First.Counters, pair.Second.Counters + pair.First.Added));
                }
            }

            var idle = (await rollup.SecondsAsync(Node, T + 399)).Points;
            Assert.Equal([(T + 400, 1L, 1), (T + 401, 0L, 0)], idle.Take(2).Select(point => (point.Tick, point.Added.Successes, point.Gauges.Gateways)));
        }
    }

    [Fact]
    public async Task ReadSecondsAsync_APointOfTheScopeAloneInItsSecond_IsThereToo()
    {
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        await life.RunAsync(1, 10);
        life.Rollup.Scopes.Find(Route)!.History.Note(T + 12, new Gauges(5));
        life.Rollup.Stage(0, Make.Answer(Make.ShardTick(T + 13, 1)));
        life.Rollup.Advance(T + 13);
        Assert.Equal([T + 10, T + 12, T + 13], (await life.SecondsAsync(Route, T + 9)).Points.Select(point => point.Tick));
        Assert.Equal([T + 10, T + 13], (await life.SecondsAsync(Node, T + 9)).Points.Select(point => point.Tick));
    }

    [Fact]
    public async Task ReadSecondsAsync_SecondsForWhichReportsMayBeLate_AreNotToldBeforeTheyAreKnown()
    {
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        await life.RunAsync(1, 10);
        life.Rollup.Advance(T + 20);
        var early = await life.SecondsAsync(Route, T + 5);
        Assert.Equal((T + 10, 5), (early.ToTick, early.Points.Count));
        Assert.Equal((T + 12, T + 12), await EndsAsync(T + 12));

        // They come, or are missed by all.
        life.Rollup.Stage(0, Make.Answer(Make.ShardTick(T + 14, 1)));
        life.Rollup.Advance(T + 24);
        Assert.Equal([T + 10, T + 14], (await life.SecondsAsync(Route, T + 9)).Points.Select(point => point.Tick));
        Assert.Equal((T + 9, T + 14), await EndsAsync(T + 9));
        life.Rollup.Advance(T + 25);
        Assert.Equal((T + 9, T + 25), await EndsAsync(T + 9));

        async Task<(long, long)> EndsAsync(long after) => await life.SecondsAsync(Route, after) is var range ? (range.AfterTick, range.ToTick) : default;
    }

    [Fact]
    public async Task ReadSecondsAsync_ALateReport_CountsInItsOwnSecond()
    {
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        await life.RunAsync(1, 300);
        life.Rollup.Stage(0, Make.Answer(Make.ShardTick(T + 200, 6), Make.ShardTick(T + 301, 1)));
        life.Rollup.Advance(T + 301);
        foreach (var scope in new[] { Scope.Cluster, Route, Node })
        {
            var points = (await life.SecondsAsync(scope, T)).Points;
            Assert.Equal([(T + 199, 199, 1), (T + 200, 206, 7), (T + 201, 207, 1)], points.Skip(198).Take(3).Select(point => (point.Tick, point.Counters.Successes, point.Durations!.Count)));
            Assert.Equal(Make.Counters(307), points[^1].Counters);
        }
    }

    public void Dispose() => _measured.Dispose();

    /// <summary>Each second of the range is there once, goes on from the one before, and the last one ends at the total.</summary>
    internal static void AssertWhole(SecondsRange range, long after, RequestCounters total)
    {
        Assert.Equal(Enumerable.Range(1, (int)(range.ToTick - after)).Select(i => (after + i, 1)), range.Points.Select(point => (point.Tick, point.Seconds)));
        Assert.All(range.Points.Skip(1).Zip(range.Points), pair => Assert.Equal(pair.First.Counters, pair.Second.Counters + pair.First.Added));
        Assert.Equal(total, range.Points[^1].Counters);
    }
}
