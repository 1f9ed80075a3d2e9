namespace Kairos.Grains;

/// <summary>What has been merged and is not in storage yet: of each tick of each incarnation one report. Runs on the grain scheduler.</summary>
internal sealed class UnwrittenTicks
{
    private Dictionary<Guid, SortedDictionary<long, TickReport>> _ticks = [];

    /// <summary>Adds a tick. What an overtaken report brings late must not displace what a newer one had.</summary>
    public void Put(Guid incarnation, TickReport tick)
    {
        if (!_ticks.TryGetValue(incarnation, out var ticks))
        {
            ticks = _ticks[incarnation] = [];
        }

        ticks[tick.Tick] = ticks.TryGetValue(tick.Tick, out var known) ? Union(known, tick) : tick;
    }

    /// <summary>Everything, by incarnation; what comes from now on is for the next.</summary>
    public Dictionary<Guid, SortedDictionary<long, TickReport>> Take()
    {
        var taken = _ticks;
        _ticks = [];
        return taken;
    }

    public void Remove(Guid incarnation) => _ticks.Remove(incarnation);

    private static TickReport Union(TickReport former, TickReport latter)
    {
        var series = latter.Series.ToDictionary(s => s.Key);
        foreach (var s in former.Series)
        {
            series[s.Key] = series.TryGetValue(s.Key, out var other) ? Union(s, other) : s;
        }

        return latter with { Series = [.. series.Values] };
    }

    private static SeriesReport Union(SeriesReport a, SeriesReport b)
    {
        var changed = a.Changed.Clone();
        changed.RaiseTo(b.Changed);
        return new SeriesReport(a.Key, RequestCounters.Max(a.Counters, b.Counters), changed);
    }
}
