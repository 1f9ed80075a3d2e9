using System.Collections.Concurrent;

namespace Kairos.Gateway;

/// <summary>
/// Past snapshots of a scope as they are known at one instant: so a client that is sent several of them, and then live ones, never sees a
/// total fall. Each frame is encoded once, however many sockets missed it. Thread-safe.
/// </summary>
/// <param name="afterTick">From here on it has all there is.</param>
/// <param name="toTick">Up to here.</param>
/// <param name="asOfTick">What was counted up to then is in it; 0 where each snapshot is as it was at its own tick.</param>
/// <param name="knows">Something is known of an interval of so many seconds that ends at a tick.</param>
/// <param name="at">The scope at a tick, over such an interval; asked only where something is known.</param>
internal sealed class MissedReading(long afterTick, long toTick, long asOfTick, Func<long, int, bool> knows, Func<long, int, Reading> at)
{
    private readonly ConcurrentDictionary<(MetricSet Metrics, int IntervalSeconds, long Tick), byte[]> _frames = new();

    public long AfterTick => afterTick;

    public long ToTick => toTick;

    public long AsOfTick => asOfTick;

    /// <summary>The frame of a session at a tick; null when nothing is known of its interval.</summary>
    public byte[]? Frame(MetricSet metrics, int intervalSeconds, long tick) =>
        _frames.TryGetValue((metrics, intervalSeconds, tick), out var known) ? known
        : !knows(tick, intervalSeconds) ? null
        : _frames.GetOrAdd((metrics, intervalSeconds, tick), static (key, at) => EventWriter.Snapshot(key.Tick, at(key.Tick, key.IntervalSeconds), key.Metrics, ofSession: true), at);

    /// <summary>It has every tick of the grid from one that the client has to the newest.</summary>
    public bool Covers(long lastTick, int intervalSeconds)
    {
        if (lastTick < afterTick)
        {
            return false;
        }

        for (var tick = lastTick + intervalSeconds; tick <= toTick; tick += intervalSeconds)
        {
            if (!knows(tick, intervalSeconds))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Of the snapshots that a hub has; of two of one tick the later.</summary>
    public static MissedReading Of(IEnumerable<Snapshot> recent)
    {
        var byTick = new Dictionary<long, Snapshot>();
        foreach (var snapshot in recent)
        {
            byTick[snapshot.Tick] = snapshot;
        }

        return new MissedReading(
            byTick.Keys.DefaultIfEmpty().Min(),
            byTick.Keys.DefaultIfEmpty().Max(),
            asOfTick: 0,
            (tick, interval) => byTick.ContainsKey(tick) && byTick.ContainsKey(tick - interval),
            (tick, interval) => Reading.Of(byTick[tick], byTick[tick - interval]));
    }

    /// <summary>Of the seconds that the series keeps. A tick is known when a second of its interval is.</summary>
    public static MissedReading Of(SecondsRange range)
    {
        var ticks = range.Points.Select(point => point.Tick).ToArray();
        return new MissedReading(
            range.AfterTick,
            range.ToTick,
            range.AsOfTick,
            (tick, interval) => tick - interval >= range.AfterTick && tick <= range.ToTick && IndexAfter(ticks, tick - interval) < IndexAfter(ticks, tick),
            (tick, interval) => Sum(range.Points, IndexAfter(ticks, tick - interval), IndexAfter(ticks, tick), interval));
    }

    private static Reading Sum(IReadOnlyList<HistoryPoint> points, int first, int end, int seconds)
    {
        var (added, durations) = (default(RequestCounters), new Sketch());
        for (var i = first; i < end; i++)
        {
            added += points[i].Added;
            if (points[i].Durations is { } more)
            {
                durations.Add(more);
            }
        }

        return new Reading(points[end - 1].Counters, points[end - 1].Gauges, added, seconds, durations);
    }

    /// <summary>Of the first tick that is later.</summary>
    private static int IndexAfter(long[] ticks, long tick)
    {
        var at = Array.BinarySearch(ticks, tick);
        return at < 0 ? ~at : at + 1;
    }
}
