namespace Kairos.Grains;

/// <summary>The seconds of a scope as sessions are told them: its own, and those in which others had something to count. Pure functions.</summary>
internal static class ScopeSeconds
{
    /// <summary>
    /// The newest seconds in which no node is known to have reported may only be late, with a node, or with a shard that moves. So many ticks
    /// after the last report they are taken for what they look like.
    /// </summary>
    public const int LateMax = 10;

    /// <param name="from">Exclusive.</param>
    /// <param name="newestTick">Of the roll-up.</param>
    /// <param name="own">The scope's points, ascending; those before the range are passed over.</param>
    /// <param name="total">The scope's counters after them.</param>
    /// <param name="cluster">The cluster's points, ascending.</param>
    public static SecondsRange Of(long from, long newestTick, List<ReadPoint> own, RequestCounters total, List<ReadPoint> cluster)
    {
        var to = cluster is [.., var newest] && newest.Point.Tick >= newestTick - LateMax ? Math.Max(newest.Point.Tick, from) : newestTick;
        List<long> reported = [.. cluster.Select(read => read.Point.Tick).Where(tick => tick > from && tick <= to)];
        var seconds = new List<HistoryPoint>(reported.Count);
        var (next, last) = (0, (RequestCounters?)null);
        foreach (var (counters, point) in own.Append(new ReadPoint(total, new Point(long.MaxValue, 1, default, default, null))))
        {
            // What a lost block counted is known by what the next point begins with alone: seconds in which it may have been are not idle.
            var before = counters - point.Added;
            var isIdle = last is null || last == before;
            for (; next < reported.Count && reported[next] <= point.Tick; next++)
            {
                if (isIdle && reported[next] < point.Tick)
                {
                    seconds.Add(new HistoryPoint(reported[next], 1, before, default, default, null));
                }
            }

            if (point.Tick > from && point.Tick <= to)
            {
                seconds.Add(new HistoryPoint(point.Tick, 1, counters, point.Added, point.Gauges, point.Durations));
            }

            last = counters;
        }

        return new SecondsRange(from, to, newestTick, seconds);
    }
}
