using Kairos.Grains;

namespace Kairos.Tests.Unit;

/// <summary>What a shard shows, taken apart for comparison.</summary>
internal static class ShardTotals
{
    /// <summary>The counters and buckets of some incarnations that have an entry of their own, by series.</summary>
    public static Dictionary<SeriesKey, (RequestCounters Counters, Sketch Durations)> BySeries(this ShardState state, IReadOnlySet<Guid> incarnations)
    {
        var sums = new Dictionary<SeriesKey, (RequestCounters Counters, Sketch Durations)>();

        // At the beginning of time nothing is old enough to be folded by looking at it.
        foreach (var (key, totals) in state.ToBase(now: 0).Base.Incarnations.Where(i => incarnations.Contains(i.Id)).SelectMany(i => i.Series))
        {
            var (counters, durations) = sums.GetValueOrDefault(key, (default, new Sketch()));
            durations.Add(totals.Durations);
            sums[key] = (counters + totals.Counters, durations);
        }

        return sums;
    }

    /// <summary>The ticks of an answer to a first question, added up.</summary>
    public static List<Shown> Shown(this ShardTicks answer) => Unit.Shown.Of(answer.Baseline, answer.Ticks);

    /// <summary>All ticks of a shard, as a rollup that knows none gets them.</summary>
    public static List<Shown> All(this ShardState state, long now)
    {
        var (baseline, ticks) = state.Tell(Make.FirstCursor, known: false, long.MaxValue);
        var all = Unit.Shown.Of(baseline, ticks);
        return all is [.., var last] ? [.. all.SkipLast(1), last with { InFlight = last.InFlight + state.Late(last.Tick, now).InFlight }] : all;
    }

    /// <summary>All durations as the rollup gets them.</summary>
    public static Sketch Durations(this ShardState state, long now) => state.All(now) is [.., var last] ? last.Durations : new Sketch();

    public static bool IsAtMost(this RequestCounters counters, RequestCounters limit) => RequestCounters.Max(counters, limit) == limit;

    public static bool IsAtMost(this Sketch sketch, Sketch limit)
    {
        for (var i = 0; i < sketch.Buckets.Length; i++)
        {
            if (sketch.Counts[i] > limit[sketch.Buckets[i]])
                return false;
        }

        return true;
    }

    public static bool Holds(this Sketch sketch, Sketch other) => sketch.IsAtMost(other) && other.IsAtMost(sketch);
}
