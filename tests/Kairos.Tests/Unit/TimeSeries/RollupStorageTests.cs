using Kairos.Grains;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>The roll-up in storage, and history as it is read from there.</summary>
public sealed class RollupStorageTests : IDisposable
{
    // A whole six hours.
    private const long T = 1_699_984_800;

    private static readonly Scope Route = new(ScopeKind.Route, Make.Key.Route);
    private static readonly GrainId Grain = GrainId.Create("time-series", "cluster");
    private static readonly IServiceProvider Services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private readonly MemoryStorage _storage = new();
    private readonly Measurements _measured = new();
    private readonly GrainInstruments _instruments;

    public RollupStorageTests() => _instruments = new GrainInstruments(_measured);

    [Fact]
    public async Task ReadAsync_ARollupThatNeverWrote_IsNothing() => Assert.Null(await new Life(this).Storage.ReadAsync());

    [Fact]
    public async Task ReadAsync_AHeadOfAnEarlierVersion_GoesOnFromItsTick()
    {
        await new StateSlot(_storage, Grain, "head").WriteAsync(T, Serialization.Write(new FormerHead(7, T, ["a floor"], ["a point"])));
        using var life = await Life.BeginAsync(this);
        Assert.Equal((8, T), (life.Rollup.Generation, life.Rollup.Tick));
        await life.RunAsync(1, 3);
        Assert.Equal(Make.Counters(3), life.Rollup.Total);
    }

    [Fact]
    public async Task WriteAsync_OverHours_BringsBackEveryTierAndWritesEachBlockOnce()
    {
        using var first = await Life.BeginAsync(this);
        await first.RunAsync(1, 8_000);
        var blocks = _storage.Written.Where(name => name.StartsWith("history-", StringComparison.Ordinal)).ToList();

        // 133 minutes, of which the last four can still be reached by late counts: two hours of the cluster's 10 s points, 13 times ten minutes of another scope's.
        Assert.Equal(4 * 130, blocks.Count(name => name.StartsWith("history-1s-", StringComparison.Ordinal)));
        Assert.Equal(2 + (3 * 13), blocks.Count(name => name.StartsWith("history-10s-", StringComparison.Ordinal)));
        Assert.Equal(3 * 2, blocks.Count(name => name.StartsWith("history-60s-", StringComparison.Ordinal)));

        var queries = new[]
        {
            new HistoryQuery(Scope.Cluster, T + 8_000 - 3_600, T + 8_000, 1, 4_000, true),
            new HistoryQuery(Scope.Cluster, T, T + 8_000, 0, 720, true),
            new HistoryQuery(Scope.Cluster, T + 7_000, T + 7_500, 60, 720, false),
            new HistoryQuery(Route, T + 7_200, T + 8_000, 1, 4_000, true),
            new HistoryQuery(Route, T, T + 8_000, 120, 4_000, true),
            new HistoryQuery(Route, T + 8_000 - 86_400, T + 8_000, 600, 4_000, false),
        };
        using var second = await Life.BeginAsync(this);
        Assert.Equal((T + 8_000, Make.Counters(8_000)), (second.Rollup.Tick, second.Rollup.Total));
        foreach (var query in queries)
        {
            var (expected, found) = (await first.HistoryAsync(query), await second.HistoryAsync(query));
            Assert.NotEmpty(expected.Points);
            Assert.Equal(Without(expected), Without(found));
            Assert.All(expected.Points.Zip(found.Points), pair => Assert.Equal(pair.First.Durations?[700], pair.Second.Durations?[700]));
        }

        // And goes on where it was.
        await second.RunAsync(8_001, 8_300);
        var all = (await second.HistoryAsync(new HistoryQuery(Route, T + 7_500, T + 8_300, 1, 4_000, true))).Points;
        Assert.Equal(Enumerable.Range(7_501, 800).Select(i => (T + i, (long)i, 1L)), all.Select(p => (p.Tick, p.Counters.Successes, p.Durations![700])));
    }

    [Fact]
    public async Task HistoryAsync_ARange_HasStepsOfItsOwnDurationsAndTheValueAtTheirEnd()
    {
        using var life = await Life.BeginAsync(this);
        await life.RunAsync(1, 4_000);

        // From the tier that reaches back far enough: ten seconds a point beyond the hour.
        var range = await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T, T + 4_000, 0, 720, true));
        Assert.Equal((10, 400), (range.StepSeconds, range.Points.Count));
        Assert.All(range.Points, point => Assert.Equal((10, 10, 10), (point.Seconds, point.Added.Successes, point.Durations![700])));

        // The smallest step that fits.
        range = await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T + 400, T + 4_000, 0, 720, false));
        Assert.Equal((5, 720, T + 405, T + 4_000), (range.StepSeconds, range.Points.Count, range.Points[0].Tick, range.Points[^1].Tick));
        Assert.Equal([405L, 410], range.Points.Take(2).Select(point => point.Counters.Successes));
        Assert.All(range.Points, point => Assert.Null(point.Durations));

        // With durations the points of whole blocks are joined once for all who ask; those at the ends are of the range alone.
        for (var round = 0; round < 2; round++)
        {
            range = await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T + 403, T + 3_998, 0, 720, true));
            Assert.Equal((5, 720, 2, 3), (range.StepSeconds, range.Points.Count, range.Points[0].Seconds, range.Points[^1].Seconds));
            Assert.Equal([405L, 410], range.Points.Take(2).Select(point => point.Counters.Successes));
            Assert.All(range.Points, point => Assert.Equal((point.Seconds, point.Seconds), ((int)point.Added.Successes, (int)point.Durations![700])));
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
    public async Task HistoryAsync_SecondsInWhichNobodyRan_AreMissingInEveryTier()
    {
        using var life = await Life.BeginAsync(this);
        await life.RunAsync(1, 600);
        await life.RunAsync(2_000, 4_500);
        var range = await life.HistoryAsync(new HistoryQuery(Scope.Cluster, T + 500, T + 2_005, 10, 720, false));
        Assert.Equal([T + 600, T + 2_000], range.Points.Select(point => point.Tick).Where(tick => tick >= T + 600));

        // What was counted meanwhile by nobody's clock stays out; the total goes on.
        Assert.Equal((600L, 1), (range.Points.Last(point => point.Tick <= T + 600).Counters.Successes, range.Points.Single(point => point.Tick == T + 2_000).Seconds));
    }

    [Fact]
    public async Task RestoreAsync_SecondsInWhichARouteHadNoRequests_AreStillItsPoints()
    {
        using (var life = await Life.BeginAsync(this))
        {
            await life.RunAsync(1, 30);
            await life.RunAsync(31, 60, requests: 0);
        }

        using var next = await Life.BeginAsync(this);
        await next.RunAsync(61, 62);
        var points = (await next.HistoryAsync(new HistoryQuery(Route, T, T + 62, 1, 100, false))).Points;
        Assert.Equal(Enumerable.Range(1, 62).Select(i => (T + i, i <= 30 ? i : Math.Max(30L, i - 30L))), points.Select(point => (point.Tick, point.Counters.Successes)));
    }

    [Fact]
    public async Task RestoreAsync_StorageFailsHalfway_TheNextAttemptCountsNothingTwice()
    {
        using (var life = await Life.BeginAsync(this))
            await life.RunAsync(1, 700);

        _storage.FailsReadsOf = "history-";
        using var next = await Life.BeginAsync(this);
        var points = (await next.HistoryAsync(new HistoryQuery(Scope.Cluster, T, T + 700, 1, 4_000, true))).Points;
        Assert.Equal(Enumerable.Range(1, 700).Select(i => (T + i, (long)i, 1L)), points.Select(point => (point.Tick, point.Counters.Successes, point.Added.Successes)));
    }

    [Fact]
    public async Task WriteAsync_AnotherActivationHasWritten_Throws()
    {
        using var mine = await Life.BeginAsync(this);
        using var other = await Life.BeginAsync(this);
        await mine.RunTickAsync(1);
        await Assert.ThrowsAsync<InconsistentStateException>(() => mine.Storage.WriteAsync(mine.Rollup));
    }

    [Fact]
    public async Task WriteAsync_AfterFailures_HasLostNothing()
    {
        using (var life = await Life.BeginAsync(this))
        {
            await life.RunAsync(1, 300);
            for (var i = 301; i <= 700; i++)
            {
                await life.RunTickAsync(i);
                if (i % 50 == 0)
                {
                    _storage.Fails = true;
                    await Assert.ThrowsAsync<IOException>(() => life.Storage.WriteAsync(life.Rollup));
                    _storage.Fails = false;
                }
            }

            Assert.Equal(T + 300, life.Rollup.SafeTick);
            await life.Storage.WriteAsync(life.Rollup);
            Assert.Equal(T + 700, life.Rollup.SafeTick);
        }

        using var next = await Life.BeginAsync(this);
        var points = (await next.HistoryAsync(new HistoryQuery(Scope.Cluster, T, T + 700, 1, 4_000, true))).Points;
        Assert.Equal(Enumerable.Range(1, 700).Select(i => (T + i, (long)i)), points.Select(point => (point.Tick, point.Counters.Successes)));
    }

    [Fact]
    public async Task BlockStore_StorageTakesNothingForLong_GivesUpTheOldestAndCountsThem()
    {
        using var blocks = new BlockStore(_storage, _instruments);
        for (var i = 0; i < BlockStore.PendingMax + 3; i++)
            blocks.Put(Route, new SealedBlock(0, i, [1]));
        Assert.Equal(3, _measured["kairos.history.blocks.lost"]);
        Assert.Equal([1], await blocks.GetAsync(Route, 0, BlockStore.PendingMax));
        Assert.Null(await blocks.GetAsync(Route, 1, 7));
    }

    [Fact]
    public async Task Forget_AScopeOfLongAgo_LeavesNothingInStorage()
    {
        using var life = await Life.BeginAsync(this);
        await life.RunAsync(1, 600);
        Assert.Empty(life.Rollup.Scopes.Forget(T + 600 + (2 * 86_400)));
        var forgotten = life.Rollup.Scopes.Forget(T + 601 + (2 * 86_400));
        Assert.Equal(3, forgotten.Count);
        foreach (var scope in forgotten)
            await life.Blocks.ClearAsync(scope);
        Assert.Null(life.Rollup.Scopes.Find(Route));
        Assert.DoesNotContain(_storage.Names(Route.Key), name => name.StartsWith("history", StringComparison.Ordinal));
        Assert.NotNull(life.Rollup.Scopes.Find(Scope.Cluster));
    }

    public void Dispose() => _measured.Dispose();

    private static HistoryRange Without(HistoryRange range) => range with { Points = [] } is var bare && range.Points.Count > 0
        ? bare with { Points = new Comparable([.. range.Points.Select(point => point with { Packed = null })]) }
        : bare;

    /// <summary>A list that is equal to one of the same points.</summary>
    private sealed class Comparable(List<HistoryPoint> points) : List<HistoryPoint>(points)
    {
        public override bool Equals(object? obj) => obj is Comparable other && this.SequenceEqual(other);

        public override int GetHashCode() => Count;
    }

    /// <summary>As it was stored before scopes had series of their own.</summary>
    [GenerateSerializer]
    internal sealed record FormerHead([property: Id(0)] long Generation, [property: Id(1)] long Tick, [property: Id(2)] List<string> Shards, [property: Id(3)] List<string> Points);

    /// <summary>One activation of the roll-up, with a request a second.</summary>
    private sealed class Life(RollupStorageTests tests) : IDisposable
    {
        public BlockStore Blocks { get; } = new(tests._storage, tests._instruments);

        public RollupStorage Storage => field ??= new RollupStorage(
            tests._storage, Grain, Blocks, Services.GetRequiredService<Serializer<RollupHead>>(), Services.GetRequiredService<Serializer<HistoryChunk>>());

        public Rollup Rollup { get; private set; } = null!;

        public static async Task<Life> BeginAsync(RollupStorageTests tests)
        {
            var life = new Life(tests);
            var head = await life.Storage.ReadAsync();
            life.Rollup = new Rollup(1, head, tests._instruments);
            await life.Storage.WriteHeadAsync(life.Rollup);
            if (tests._storage.FailsReadsOf is not null)
            {
                await Assert.ThrowsAsync<IOException>(() => life.Storage.RestoreAsync(life.Rollup, head));
                tests._storage.FailsReadsOf = null;
            }

            await life.Storage.RestoreAsync(life.Rollup, head);

            // As after a failover: the shard tells all that it has, first of all what was there at the head's tick.
            life.Rollup.Stage(0, Make.Answer() with
            {
                Baseline = new ShardBaseline(life.Rollup.Tick, life.Rollup.Total == default ? [] : Make.Parts(Make.Key, "gw-1", life.Rollup.Total.Successes)),
            });
            return life;
        }

        public async Task RunAsync(int from, int to, int requests = 1)
        {
            for (var i = from; i <= to; i++)
            {
                await RunTickAsync(i, requests);
                if (i % 5 == 0)
                    await Storage.WriteAsync(Rollup);
            }
        }

        public Task RunTickAsync(int second, int requests = 1)
        {
            Rollup.Stage(0, Make.Answer(Make.ShardTick(T + second, requests)));
            Rollup.Advance(T + second);
            foreach (var scope in Rollup.Scopes.All)
                scope.History.SealNext(Rollup.Tick).ForEach(block => Blocks.Put(scope.Scope, block));
            return Task.CompletedTask;
        }

        public Task<HistoryRange> HistoryAsync(HistoryQuery query) =>
            new HistoryReader(Blocks).ReadAsync(Rollup.Scopes.Find(query.Scope)!.History, query, Rollup.Tick);

        public void Dispose() => Blocks.Dispose();
    }
}
