namespace Kairos.Grains;

/// <summary>
/// What a shard counted, by part and by tick: what the rollup has not been told yet, what it has been told but has not in storage, and one
/// baseline of all before. Each answer to it is kept until its next question confirms it. Runs on the grain scheduler.
/// </summary>
[GenerateSerializer, Alias("Kairos.TickWindow")]
internal sealed class TickWindow
{
    /// <summary>Ticks kept by themselves while the rollup has them not in storage: a node's buffer (120) with room for a slow rollup.</summary>
    public const int LengthMax = 180;

    /// <summary>Series counted by themselves; further ones share the overflow series.</summary>
    public const int SeriesMax = 20_000;

    /// <summary>Nodes counted by themselves; beyond it the one longest silent is forgotten as a part, its series stay.</summary>
    public const int NodesMax = 2_048;

    // Ids 0 to 2 held the sums of the whole shard, without its parts.
    [Id(3)] private readonly Dictionary<PartKey, Counts> _baseline = [];
    [Id(4)] private TickList _told = new();
    [Id(5)] private readonly Dictionary<string, long> _nodeTicks = [];
    [Id(6)] private readonly HashSet<SeriesKey> _series = [];

    [NonSerialized] private TickList _untold = new();

    // The last answer; null when that was a baseline, which no answer goes on from but the next.
    [NonSerialized] private TickList? _answered;
    [NonSerialized] private long _version;
    [NonSerialized] private long _changes;
    [NonSerialized] private long _overflows;

    /// <summary>Numbers the answers; of one activation, hence not stored.</summary>
    public long Version => _version;

    /// <summary>Grows with everything that the rollup should know.</summary>
    public long Changes => _changes;

    /// <summary>Counts of series beyond <see cref="SeriesMax"/>, of this activation.</summary>
    public long Overflows => _overflows;

    /// <summary>Parts come from a shard that was stored before it had any.</summary>
    public bool IsEmpty => _baseline.Count == 0 && _told.Count == 0 && _untold.Count == 0;

    /// <summary>Notes a node's gauges in a tick, and so that a second without requests is a point of history too.</summary>
    public void Note(long tick, string node, Gauges gauges)
    {
        if (KnownGauges(tick, node) == gauges)
        {
            return;
        }

        At(tick).Nodes[node] = gauges;
        _nodeTicks[node] = Math.Max(_nodeTicks.GetValueOrDefault(node), tick);
        _changes++;
    }

    /// <summary>Counts requests of a series on a node in a tick.</summary>
    public void Add(long tick, SeriesKey series, string node, RequestCounters added, Sketch durations)
    {
        var into = At(tick).Added;
        var isOwn = _series.Contains(series) || (_series.Count < SeriesMax && _series.Add(series));
        var key = isOwn ? series : SeriesKey.Overflow;
        _overflows += isOwn ? 0 : 1;
        WindowTick.Of(into, PartKey.Of(key)).Add(added, durations);
        WindowTick.Of(into, PartKey.OfNode(node)).Add(added, durations);
        _nodeTicks.TryAdd(node, tick);
        _changes++;
    }

    /// <summary>Takes over what an earlier version had stored by incarnation.</summary>
    public void Begin(SeriesKey series, string? node, RequestCounters counters, Sketch durations)
    {
        _series.Add(series);
        WindowTick.Of(_baseline, PartKey.Of(series)).Add(counters, durations);
        if (node is not null)
        {
            WindowTick.Of(_baseline, PartKey.OfNode(node)).Add(counters, durations);
            _nodeTicks.TryAdd(node, 0);
        }
    }

    /// <summary>
    /// What a caller lacks: what came in since its last answer or, where that is not the one before, a baseline and what came after it, and
    /// of the ticks in the baseline that are still kept, who reported for them.
    /// </summary>
    public (ShardBaseline? Baseline, List<ShardTick> Ticks) Tell(ShardCursor since, bool known, long upToTick)
    {
        if (known && since.Version == _version)
        {
            Confirm();
        }
        else if (known && since.Version == _version - 1 && _answered is { } lost)
        {
            _untold = lost.AddAll(_untold);
        }
        else
        {
            return TellAnew(since, upToTick);
        }

        Fold(since.SafeTick);
        (_answered, _untold) = _untold.Split(upToTick);
        _version++;
        return (null, [.. _answered.Ticks.Select(tick => tick.ToShardTick())]);
    }

    /// <summary>All that was ever counted.</summary>
    public RequestCounters Total
    {
        get
        {
            var sum = WindowTick.SumOf(_baseline);
            foreach (var ticks in Lists())
            {
                foreach (var tick in ticks.Ticks)
                {
                    sum += WindowTick.SumOf(tick.Added);
                }
            }

            return sum;
        }
    }

    /// <summary>For storage: as if everything had been told.</summary>
    public TickWindow ToStored()
    {
        ForgetNodes();
        var stored = new TickWindow { _told = Lists().Aggregate(new TickList(), (copy, ticks) => copy.AddCopy(ticks)) };
        foreach (var (key, counts) in _baseline)
        {
            stored._baseline.Add(key, counts);
        }

        foreach (var (node, tick) in _nodeTicks)
        {
            stored._nodeTicks.Add(node, tick);
        }

        stored._series.UnionWith(_series);
        return stored;
    }

    private (ShardBaseline Baseline, List<ShardTick> Ticks) TellAnew(ShardCursor since, long upToTick)
    {
        var all = Lists().Aggregate((a, b) => a.AddAll(b));
        (_told, _untold) = all.Split(upToTick);
        _answered = null;
        _version++;

        // Not yet what is safe: who reported late for it, the caller may not have been told.
        Fold(long.MinValue);
        var baseline = _baseline.ToDictionary(part => part.Key, part => part.Value.Clone());
        foreach (var tick in _told.Ticks.TakeWhile(tick => tick.Tick <= since.Tick))
        {
            WindowTick.AddAll(tick.Added, baseline);
        }

        return (
            new ShardBaseline(since.Tick, [.. baseline.Select(part => new PartCounts(part.Key, part.Value))]),
            [.. _told.Ticks.Where(tick => tick.Tick > since.Tick || tick.Nodes.Count > 0).Select(tick => tick.ToShardTick(withAdded: tick.Tick > since.Tick))]);
    }

    private void Confirm()
    {
        if (_answered is { } confirmed)
        {
            _told.AddAll(confirmed);
            _answered = null;
        }
    }

    /// <summary>Into the baseline goes what no successor of the caller needs by the tick, and what is more than is kept.</summary>
    private void Fold(long safeTick)
    {
        while (_told.Count > 0 && (_told.Ticks[0].Tick <= safeTick || _told.Count > LengthMax))
        {
            WindowTick.AddAll(_told.Ticks[0].Added, _baseline);
            _told.RemoveOldest();
        }

        // While nobody asks at all.
        while (_untold.Count > LengthMax)
        {
            WindowTick.AddAll(_untold.Ticks[0].Added, _untold.Ticks[1].Added);
            _untold.RemoveOldest();
        }
    }

    private WindowTick At(long tick)
    {
        if (_untold.Find(tick) is { } found)
        {
            return found;
        }

        if (_untold.Count >= LengthMax && tick < _untold.Ticks[0].Tick)
        {
            // What is later than all that is kept is counted in the oldest tick.
            return _untold.Ticks[0];
        }

        var opened = _untold.Open(tick);
        Fold(long.MinValue);
        return opened;
    }

    /// <summary>The node has reported for this tick.</summary>
    public bool Has(long tick, string node) => KnownGauges(tick, node) is not null;

    private Gauges? KnownGauges(long tick, string node)
    {
        foreach (var ticks in (ReadOnlySpan<TickList?>)[_untold, _answered, _told])
        {
            if (ticks?.Find(tick) is { } found && found.Nodes.TryGetValue(node, out var gauges))
            {
                return gauges;
            }
        }

        return null;
    }

    private void ForgetNodes()
    {
        foreach (var (node, _) in _nodeTicks.OrderBy(n => n.Value).Take(_nodeTicks.Count - NodesMax).ToList())
        {
            _nodeTicks.Remove(node);
            _baseline.Remove(PartKey.OfNode(node));
        }
    }

    private IEnumerable<TickList> Lists() => _answered is { } answered ? [_told, answered, _untold] : [_told, _untold];
}
