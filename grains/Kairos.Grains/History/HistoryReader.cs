namespace Kairos.Grains;

/// <summary>Reads history: a range from the tier that serves it best, or every second of the finest. Runs on the grain scheduler; unpacks beside it.</summary>
internal sealed class HistoryReader(BlockStore blocks)
{
    /// <summary>A node's newest tick may be so far behind: it asks for the whole of a tier by that.</summary>
    private const int BehindMax = 5;

    /// <summary>Of a scope that is not there.</summary>
    private static readonly (byte[]?[], UnsealedHistory) Nothing = ([], new UnsealedHistory(0, null, default, []));

    private readonly JoinedBlocks _joined = new();

    /// <summary>Points in (from, to], joined to the step.</summary>
    public async Task<HistoryRange> ReadAsync(ScopeHistory history, HistoryQuery query, long newestTick)
    {
        var to = Math.Min(query.ToTick, newestTick);
        var tiers = HistoryTier.Of(query.Scope.Kind);
        var tier = TierOf(tiers, query, newestTick);
        var from = Math.Max(Math.Max(query.FromTick, newestTick - tiers[tier].RetentionSeconds), 0);

        var (packed, unsealed) = await PartAsync(query.Scope, history, tier, from, to, query.WithDurations);
        return await Task.Run(() => Build(packed, unsealed, tiers[tier], query, from, to));
    }

    /// <summary>
    /// See <see cref="ITimeSeriesGrain.GetSecondsAsync"/>. Of history that has been brought back; a block that cannot be read fails it.
    /// </summary>
    public async Task<SecondsRange> ReadSecondsAsync(Rollup rollup, Scope scope, long afterTick, bool withDurations)
    {
        // All that is kept is there: the slot of a block is taken by one that is a minute more than that younger, and ended three minutes ago.
        var newestTick = rollup.Tick;
        var from = Math.Max(Math.Max(afterTick, newestTick - HistoryTier.Of(scope.Kind)[0].RetentionSeconds), 0);
        if (from >= newestTick)
        {
            return new SecondsRange(from, newestTick, newestTick, []);
        }

        // Of one moment: both are begun before either is awaited. That somebody reported is read from the cluster's points; what presence remembers is less.
        var ofScope = rollup.Scopes.Find(scope) is { } series ? PartAsync(scope, series.History, 0, from, newestTick, withDurations) : Task.FromResult(Nothing);
        var ofCluster = scope == Scope.Cluster ? ofScope : PartAsync(Scope.Cluster, rollup.Cluster.History, 0, from, newestTick, withDurations: false);
        await Task.WhenAll(ofScope, ofCluster);
        return await Task.Run(() =>
        {
            var (own, total) = SecondsOf(ofScope.Result, withDurations);
            return ScopeSeconds.Of(from, newestTick, own, total, ofCluster == ofScope ? own : SecondsOf(ofCluster.Result, withDurations: false).Points);
        });
    }

    /// <summary>
    /// Blocks of (from, to], whole, and what none has; that is taken before anything is awaited: a minute that is sealed meanwhile must be in one
    /// of the two, and only one.
    /// </summary>
    private async Task<(byte[]?[] Packed, UnsealedHistory Unsealed)> PartAsync(
        Scope scope, ScopeHistory history, int tier, long from, long to, bool withDurations)
    {
        var unsealed = history.Unsealed(tier, to, withDurations);
        return (await BlocksAsync(scope, HistoryTier.Of(scope.Kind)[tier], tier, from, Math.Min(to, unsealed.FromTick - 1)), unsealed);
    }

    private async Task<byte[]?[]> BlocksAsync(Scope scope, HistoryTier tier, int index, long from, long to)
    {
        if (to <= from)
        {
            return [];
        }

        var (first, last) = (ScopeHistory.BlockOf(tier, from + 1), ScopeHistory.BlockOf(tier, to));
        return await Task.WhenAll(Enumerable.Range(0, (int)(last - first) + 1).Select(i => blocks.GetAsync(scope, index, first + i)));
    }

    /// <summary>The finest that reaches back far enough or, of those that do, the coarsest whose points make up the step.</summary>
    private static int TierOf(IReadOnlyList<HistoryTier> tiers, HistoryQuery query, long newestTick)
    {
        var finest = Enumerable.Range(0, tiers.Count).FirstOrDefault(t => query.FromTick >= newestTick - tiers[t].RetentionSeconds - BehindMax, tiers.Count - 1);
        return Enumerable.Range(finest, tiers.Count - finest)
            .LastOrDefault(t => query.StepSeconds > 0 && query.StepSeconds % tiers[t].StepSeconds == 0, finest);
    }

    private HistoryRange Build(byte[]?[] packed, UnsealedHistory unsealed, HistoryTier tier, HistoryQuery query, long from, long to)
    {
        // The ends of the range are inside of the first and the last block; what is between them is whole.
        var first = PointsOf(packed.Take(1), query.WithDurations);
        var last = PointsOf([packed.Length > 1 ? packed[^1] : null, unsealed.Incomplete], query.WithDurations);
        Append(last, unsealed.Before, unsealed.Open);
        first.RemoveAll(IsOutside);
        last.RemoveAll(IsOutside);
        byte[][] between = packed.Length > 2 ? [.. packed[1..^1].OfType<byte[]>()] : [];
        List<ReadPoint> ends = [.. first, .. PointsOf([between.FirstOrDefault(), between.LastOrDefault()], withDurations: false), .. last];
        if (ends.Count == 0)
        {
            return new HistoryRange(Fitting(Math.Max(query.StepSeconds, 1), tier), []);
        }

        var span = ends[^1].Point.Tick - ends[0].Point.Tick + tier.StepSeconds;
        var step = Fitting(query.StepSeconds > 0 ? query.StepSeconds : (span + query.PointsMax - 1) / query.PointsMax, tier);
        var isMadeUp = tier.BlockSeconds % step == 0 && (query.WithDurations || step > tier.StepSeconds);
        var whole = PointsOf(between.Select(block => isMadeUp ? _joined.Get(block, step) : block), query.WithDurations);
        var joined = Join([.. first, .. whole, .. last], step);
        return new HistoryRange(step, joined.Count > query.PointsMax ? joined[^query.PointsMax..] : joined);

        bool IsOutside(ReadPoint read) => read.Point.Tick <= from || read.Point.Tick > to;
    }

    /// <summary>The points of a part, and the counters after the last of them.</summary>
    private static (List<ReadPoint> Points, RequestCounters Total) SecondsOf((byte[]?[] Packed, UnsealedHistory Unsealed) part, bool withDurations)
    {
        var points = PointsOf(part.Packed.Append(part.Unsealed.Incomplete), withDurations);
        var isOpen = part.Unsealed.Open.Count > 0;
        Append(points, part.Unsealed.Before, part.Unsealed.Open);
        return (points, isOpen ? points[^1].Counters : part.Unsealed.Before);
    }

    private static List<ReadPoint> PointsOf(IEnumerable<byte[]?> blocks, bool withDurations)
    {
        var all = new List<ReadPoint>();
        foreach (var block in blocks.OfType<byte[]>())
        {
            // From the block's own beginning: counts of a second that no block has must not be missing ever after.
            var (before, points) = PointBlock.Unpack(block, withDurations);
            Append(all, before, points);
        }

        return all;
    }

    private static void Append(List<ReadPoint> all, RequestCounters before, List<Point> points)
    {
        var total = before;
        foreach (var point in points)
        {
            total += point.Added;
            all.Add(new ReadPoint(total, point));
        }
    }

    private static List<HistoryPoint> Join(List<ReadPoint> points, int step)
    {
        var (joined, at) = (new List<HistoryPoint>(), 0);
        foreach (var point in Point.Join(points.Select(read => read.Point), step))
        {
            while (points[at].Point.Tick < point.Tick)
            {
                at++;
            }

            joined.Add(new HistoryPoint(point.Tick, point.Seconds, points[at].Counters, point.Added, point.Gauges, point.Thinned().Durations));
        }

        return joined;
    }

    /// <summary>The next step that a tier's points make up.</summary>
    private static int Fitting(long stepSeconds, HistoryTier tier) =>
        (int)((stepSeconds + tier.StepSeconds - 1) / tier.StepSeconds * tier.StepSeconds);
}

/// <summary>A point as it is read.</summary>
/// <param name="Counters">Cumulative at its end.</param>
/// <param name="Point">The point.</param>
internal readonly record struct ReadPoint(RequestCounters Counters, Point Point);
