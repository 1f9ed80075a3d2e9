namespace Kairos.Grains;

/// <summary>
/// One scope as the rollup has it. What is shown of its counters never falls: where the shards' sum is behind for a while (a crash in the
/// middle of an outage of storage), the last value stands until the sum has caught up. Runs on the grain scheduler.
/// </summary>
internal sealed class ScopeSeries(Scope scope, ScopeHistory history, bool isStored)
{
    // By tick, ascending: what many parts added to one is one piece.
    private readonly List<(long Tick, Counts Added)> _pieces = [];
    private RequestCounters _sum;
    private bool _settled;

    public Scope Scope => scope;

    public ScopeHistory History => history;

    /// <summary>Cumulative, over all shards.</summary>
    public Sketch Durations { get; } = new();

    public Gauges Gauges { get; private set; }

    /// <summary>The last tick in which anything was counted or seen.</summary>
    public long ActiveTick { get; set; }

    /// <summary>What was counted and is not yet in storage.</summary>
    public List<Point> Unsaved { get; } = [];

    /// <summary>Counts something in a tick.</summary>
    public void Add(long tick, Counts added)
    {
        _sum += added.Counters;
        Durations.Add(added.Durations);
        if (_pieces.Count == 0 || _pieces[^1].Tick != tick)
        {
            _pieces.Add((tick, new Counts()));
        }

        _pieces[^1].Added.Add(added);
    }

    /// <summary>Moves the sum to where a shard begins anew; what that adds is counted in the tick that is settled next.</summary>
    public void Move(Counts before, Counts now)
    {
        _sum += now.Counters - before.Counters;
        Durations.Subtract(before.Durations);
        Durations.Add(now.Durations);
    }

    /// <summary>Brings what was added to history: each piece to its tick, and what no piece explains to the newest.</summary>
    public void Settle(long tick)
    {
        var rise = RequestCounters.Max(_sum - history.Total, default);
        foreach (var (at, added) in _pieces)
        {
            var part = rise - RequestCounters.Max(rise - added.Counters, default);
            rise -= part;
            Record(new Point(at, 1, part, default, added.Durations));
        }

        if (rise != default && !isStored && !_settled)
        {
            // Counted before there was a history of it: no second's own.
            history.Begin(rise);
        }
        else if (rise != default)
        {
            Record(new Point(tick, 1, rise, default, null));
        }

        _settled = true;

        if (_pieces.Count > 0 || rise != default)
        {
            ActiveTick = Math.Max(ActiveTick, tick);
        }

        _pieces.Clear();
    }

    /// <summary>The gauges at the end of a tick, which is a point of the scope thereby; in a late one those of now stay.</summary>
    public void Note(long tick, Gauges gauges, bool isLate)
    {
        history.Note(tick, gauges);
        Unsaved.Add(new Point(tick, 1, default, gauges, null));
        ActiveTick = Math.Max(ActiveTick, tick);
        Gauges = isLate ? Gauges : gauges;
    }

    /// <summary>The gauges now, in a tick that is no point.</summary>
    public void SetGauges(Gauges gauges) => Gauges = gauges;

    /// <summary>The scope now, sharing nothing that changes.</summary>
    public Snapshot ToSnapshot(long generation, long tick) => new(generation, tick, history.Total, Gauges, Durations.Clone());

    /// <summary>
    /// The scope at the end of each of the last so many ticks that was a point and comes after one, and now: ascending. Before the first of
    /// them, if there are fewer, as it was until then, so that intervals have a start.
    /// </summary>
    public List<Snapshot> Snapshots(long generation, long afterTick, long tick, int max)
    {
        var snapshots = new List<Snapshot>();
        if (tick <= afterTick)
        {
            return snapshots;
        }

        // Backwards from now: before each point stands what it has not added.
        var at = ToSnapshot(generation, tick);
        snapshots.Add(at);
        foreach (var point in history.OpenPoints(tick, Math.Max(afterTick, tick - max)).Reverse())
        {
            if (point.Tick < tick)
            {
                at = at with { Tick = point.Tick, Gauges = point.Gauges };
                snapshots.Add(at);
            }

            at = at with { Tick = point.Tick - 1, Gauges = default, Counters = at.Counters - point.Added, Durations = Without(at.Durations, point.Durations) };
        }

        if (at.Tick < snapshots[^1].Tick && at.Tick > afterTick && snapshots.Count < max)
        {
            snapshots.Add(at);
        }

        snapshots.Reverse();
        return snapshots;
    }

    private static Sketch Without(Sketch durations, Sketch? added)
    {
        if (added is null)
        {
            return durations;
        }

        var before = durations.Clone();
        before.Subtract(added);
        return before;
    }

    private void Record(Point point)
    {
        history.Add(point.Tick, point.Added, point.Durations);
        Unsaved.Add(point);
    }
}

