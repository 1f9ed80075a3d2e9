namespace Kairos.Grains;

/// <summary>
/// What the rollup knows of one shard: cumulative values by tick, merged by maximum and kept rising, so that a shard that has lost
/// something never makes a total fall. Runs on the grain scheduler.
/// </summary>
internal sealed class ShardSeries
{
    /// <summary>A shard that is late counts with its last gauges for so long.</summary>
    private const long GaugeTicksMax = 4;

    // Ticks in ascending order, at most the shard's own window.
    private readonly List<ShardTick> _ticks = [];
    private RequestCounters _before;

    /// <summary>Where the next collection goes on.</summary>
    public ShardCursor Cursor { get; set; } = new(Guid.Empty, -1, -1);

    /// <summary>It has answered, with all that it ever showed.</summary>
    public bool Ready { get; set; }

    public RequestCounters Latest => _ticks.Count > 0 ? _ticks[^1].Counters : _before;

    public Sketch Durations { get; } = new();

    /// <summary>Merges one tick; returns the buckets that rose and by how much.</summary>
    public Sketch Merge(ShardTick tick)
    {
        var at = _ticks.Count;
        while (at > 0 && _ticks[at - 1].Tick > tick.Tick)
        {
            at--;
        }

        var floor = at > 0 ? _ticks[at - 1].Counters : _before;
        if (at > 0 && _ticks[at - 1].Tick == tick.Tick)
        {
            // The floor above is then what this tick had.
            at--;
        }
        else
        {
            _ticks.Insert(at, tick);
        }

        var counters = RequestCounters.Max(floor, tick.Counters);
        _ticks[at] = tick with { Counters = counters };
        for (var later = at + 1; later < _ticks.Count; later++)
        {
            counters = RequestCounters.Max(counters, _ticks[later].Counters);
            _ticks[later] = _ticks[later] with { Counters = counters };
        }

        if (_ticks.Count > TickWindow.LengthMax)
        {
            _before = _ticks[0].Counters;
            _ticks.RemoveAt(0);
        }

        return Durations.RaiseTo(tick.Changed);
    }

    /// <summary>
    /// The shard's values at the end of a tick. Its gauges are those of that very tick; where it has not answered for it yet (its silo is
    /// lost, perhaps), for a few ticks the last ones.
    /// </summary>
    public (RequestCounters Counters, int InFlight, int Nodes) At(long tick)
    {
        for (var at = _ticks.Count - 1; at >= 0; at--)
        {
            if (_ticks[at].Tick <= tick)
            {
                var found = _ticks[at];
                var late = Cursor.Tick < tick && tick - found.Tick <= GaugeTicksMax;
                return found.Tick == tick ? (found.Counters, found.InFlight, found.Nodes) : (found.Counters, late ? found.InFlight : 0, 0);
            }
        }

        return (_before, 0, 0);
    }
}
