using Kairos.Grains;
using Orleans.Storage;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>The roll-up in storage.</summary>
public sealed class RollupStorageTests : IDisposable
{
    private const long T = RollupActivation.Start;

    private static readonly Scope Route = new(ScopeKind.Route, Make.Key.Route);

    private readonly MemoryStorage _storage = new();
    private readonly Measurements _measured = new();
    private readonly GrainInstruments _instruments;

    public RollupStorageTests() => _instruments = new GrainInstruments(_measured);

    [Fact]
    public async Task ReadAsync_ARollupThatNeverWrote_IsNothing()
    {
        using var life = new RollupActivation(_storage, _instruments);
        Assert.Null(await life.Storage.ReadAsync());
    }

    [Fact]
    public async Task ReadAsync_AHeadOfAnEarlierVersion_GoesOnFromItsTick()
    {
        await new StateSlot(_storage, RollupActivation.Grain, "head").WriteAsync(T, Serialization.Write(new FormerHead(7, T, ["a floor"], ["a point"])));
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        Assert.Equal((8, T), (life.Rollup.Generation, life.Rollup.Tick));
        await life.RunAsync(1, 3);
        Assert.Equal(Make.Counters(3), life.Rollup.Total);
    }

    [Fact]
    public async Task WriteAsync_OverHours_BringsBackEveryTierAndWritesEachBlockOnce()
    {
        using var first = await RollupActivation.BeginAsync(_storage, _instruments);
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
        using var second = await RollupActivation.BeginAsync(_storage, _instruments);
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
    public async Task RestoreAsync_SecondsInWhichARouteHadNoRequests_AreStillItsPoints()
    {
        using (var life = await RollupActivation.BeginAsync(_storage, _instruments))
        {
            await life.RunAsync(1, 30);
            await life.RunAsync(31, 60, requests: 0);
        }

        using var next = await RollupActivation.BeginAsync(_storage, _instruments);
        await next.RunAsync(61, 62);
        var points = (await next.HistoryAsync(new HistoryQuery(Route, T, T + 62, 1, 100, false))).Points;
        Assert.Equal(Enumerable.Range(1, 62).Select(i => (T + i, i <= 30 ? i : Math.Max(30L, i - 30L))), points.Select(point => (point.Tick, point.Counters.Successes)));
    }

    [Fact]
    public async Task RestoreAsync_StorageFailsHalfway_TheNextAttemptCountsNothingTwice()
    {
        using (var life = await RollupActivation.BeginAsync(_storage, _instruments))
            await life.RunAsync(1, 700);

        _storage.FailsReadsOf = "history-";
        using var next = await RollupActivation.BeginAsync(_storage, _instruments);
        var points = (await next.HistoryAsync(new HistoryQuery(Scope.Cluster, T, T + 700, 1, 4_000, true))).Points;
        Assert.Equal(Enumerable.Range(1, 700).Select(i => (T + i, (long)i, 1L)), points.Select(point => (point.Tick, point.Counters.Successes, point.Added.Successes)));
    }

    [Fact]
    public async Task RestoreAsync_ChunksAndBlocksOfAnotherFormat_AreLeftOutAndTheTotalsStay()
    {
        using (var life = await RollupActivation.BeginAsync(_storage, _instruments))
            await life.RunAsync(1, 700);

        foreach (var name in new[] { "chunk-", "history-1s-" }.Select(kind => _storage.Names(Scope.Cluster.Key).Last(name => name.StartsWith(kind, StringComparison.Ordinal))))
        {
            var slot = new StateSlot(_storage, RollupActivation.Grain, name);
            await slot.ReadAsync();
            await slot.WriteAsync(slot.Sequence, [99, 1, 2, 3]);
        }

        using var next = await RollupActivation.BeginAsync(_storage, _instruments);
        await next.RunAsync(701, 702);
        Assert.Equal(Make.Counters(702), next.Rollup.Total);
        var points = (await next.HistoryAsync(new HistoryQuery(Scope.Cluster, T, T + 702, 1, 4_000, true))).Points;
        Assert.InRange(points.Count, 600, 700);
        Assert.Equal((T + 702, 702), (points[^1].Tick, points[^1].Counters.Successes));

        // What the five seconds of the chunk counted stands before them.
        Assert.All(points, point => Assert.InRange(point.Counters.Successes - (point.Tick - T), 0, 5));
    }

    [Fact]
    public async Task WriteAsync_AnotherActivationHasWritten_Throws()
    {
        using var mine = await RollupActivation.BeginAsync(_storage, _instruments);
        using var other = await RollupActivation.BeginAsync(_storage, _instruments);
        mine.Run(Make.ShardTick(T + 1, 1));
        await Assert.ThrowsAsync<InconsistentStateException>(() => mine.Storage.WriteAsync(mine.Rollup));
    }

    [Fact]
    public async Task WriteAsync_AfterFailures_HasLostNothing()
    {
        using (var life = await RollupActivation.BeginAsync(_storage, _instruments))
        {
            await life.RunAsync(1, 300);
            for (var i = 301; i <= 700; i++)
            {
                life.Run(Make.ShardTick(T + i, 1));
                if (i % 50 == 0)
                {
                    _storage.Fails = true;
                    await Assert.ThrowsAsync<IOException>(() => life.Storage.WriteAsync(life.Rollup));
                    _storage.Fails = false;
                }
            }

            Assert.Equal(T + 300, life.Rollup.CursorOf(0).SafeTick);
            await life.Storage.WriteAsync(life.Rollup);
            Assert.Equal(T + 700, life.Rollup.CursorOf(0).SafeTick);
        }

        using var next = await RollupActivation.BeginAsync(_storage, _instruments);
        var points = (await next.HistoryAsync(new HistoryQuery(Scope.Cluster, T, T + 700, 1, 4_000, true))).Points;
        Assert.Equal(Enumerable.Range(1, 700).Select(i => (T + i, (long)i)), points.Select(point => (point.Tick, point.Counters.Successes)));
    }

    [Fact]
    public async Task Scopes_OfLongAgo_RestWithTheirTotals()
    {
        const int Later = 2 * 86_400;
        using (var life = await RollupActivation.BeginAsync(_storage, _instruments))
        {
            await life.RunAsync(1, 600);
            Assert.Equal(4, life.Rollup.Scopes.Active(T + 600 + Later).Count());
            Assert.Equal([Scope.Cluster], life.Rollup.Scopes.Active(T + 601 + Later).Select(scope => scope.Scope));
            life.Run(Make.ShardTick(T + 601 + Later, 0));
            await life.Storage.WriteAsync(life.Rollup);
        }

        using var next = await RollupActivation.BeginAsync(_storage, _instruments);
        Assert.Null(next.Rollup.Scopes.Active(next.Rollup.Tick).FirstOrDefault(scope => scope.Scope == Route));
        Assert.Equal(Make.Counters(600), next.Rollup.Scopes.Find(Route)!.History.Total);
        next.Run(Make.ShardTick(T + 602 + Later, 1));
        Assert.Contains(next.Rollup.Scopes.Active(next.Rollup.Tick), scope => scope.Scope == Route);
        Assert.Equal(Make.Counters(601), next.Rollup.Scopes.Find(Route)!.History.Total);
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
}
