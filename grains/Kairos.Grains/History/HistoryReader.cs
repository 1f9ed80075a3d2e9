namespace Kairos.Grains;

/// <summary>Reads a range of history from the tier that serves it best. Runs on the grain scheduler; unpacks beside it.</summary>
internal sealed class HistoryReader(BlockStore blocks)
{
    /// <summary>A node's newest tick may be so far behind: it asks for the whole of a tier by that.</summary>
    private const int BehindMax = 5;

    /// <summary>Points in (from, to], joined to the step.</summary>
    public async Task<HistoryRange> ReadAsync(ScopeHistory history, HistoryQuery query, long newestTick)
    {
        var to = Math.Min(query.ToTick, newestTick);
        var tiers = HistoryTier.Of(query.Scope.Kind);
        var tier = TierOf(tiers, query, newestTick);
        var from = Math.Max(Math.Max(query.FromTick, newestTick - tiers[tier].RetentionSeconds), 0);

        // Taken before anything is awaited: a minute that is sealed meanwhile must be in one of the two, and only one.
        var unsealed = history.Unsealed(tier, to, query.WithDurations);
        var packed = await BlocksAsync(query.Scope, tiers[tier], tier, from, Math.Min(to, unsealed.FromTick - 1));
        return await Task.Run(() => Build([.. packed, unsealed.Incomplete], unsealed, tiers[tier], query, from, to));
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

    private static HistoryRange Build(
        byte[]?[] packed, UnsealedHistory unsealed, HistoryTier tier, HistoryQuery query, long from, long to)
    {
        var all = new List<(RequestCounters Before, Point Point)>();
        foreach (var block in packed.OfType<byte[]>())
        {
            var (start, points) = PointBlock.Unpack(block, query.WithDurations);
            Append(all, start, points);
        }

        Append(all, unsealed.Before, unsealed.Open);
        all.RemoveAll(p => p.Point.Tick <= from || p.Point.Tick > to);
        if (all.Count == 0)
        {
            return new HistoryRange(Fitting(Math.Max(query.StepSeconds, 1), tier), []);
        }

        var span = all[^1].Point.Tick - all[0].Point.Tick + tier.StepSeconds;
        var step = Fitting(query.StepSeconds > 0 ? query.StepSeconds : (span + query.PointsMax - 1) / query.PointsMax, tier);
        var joined = new List<HistoryPoint>();
        var at = 0;
        foreach (var point in Point.Join(all.Select(p => p.Point), step))
        {
            while (all[at].Point.Tick < point.Tick)
            {
                at++;
            }

            // From the block's own beginning: counts of a second that no block has must not be missing ever after.
            joined.Add(new HistoryPoint(point.Tick, point.Seconds, all[at].Before + all[at].Point.Added, point.Added, point.Gauges, point.Durations));
        }

        return new HistoryRange(step, joined.Count > query.PointsMax ? joined[^query.PointsMax..] : joined);
    }

    private static void Append(List<(RequestCounters Before, Point Point)> all, RequestCounters before, List<Point> points)
    {
        foreach (var point in points)
        {
            all.Add((before, point));
            before += point.Added;
        }
    }

    /// <summary>The next step that a tier's points make up.</summary>
    private static int Fitting(long stepSeconds, HistoryTier tier) =>
        (int)((stepSeconds + tier.StepSeconds - 1) / tier.StepSeconds * tier.StepSeconds);
}
