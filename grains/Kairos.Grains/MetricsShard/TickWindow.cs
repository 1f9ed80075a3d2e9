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
    [Id(4)] private SortedList<long, WindowTick> _told = [];
    [Id(5)] private readonly Dictionary<string, long> _nodeTicks = [];
    [Id(6)] private readonly HashSet<SeriesKey> _series = [];

    [NonSerialized] private SortedList<long, WindowTick> _untold = [];

    // The last answer; null when that was a baseline, which no answer goes on from but the next.
    [NonSerialized] private SortedList<long, WindowTick>? _answered;
    [NonSerialized] private long _version;
    [NonSerialized] private long _changes;

    /// <summary>Numbers the answers; of one activation, hence not stored.</summary>
    public long Version => _version;

    /// <summary>Grows with everything that the rollup should know.</summary>
    public long Changes => _changes;

    /// <summary>Parts come from a shard that was stored before it had any.</summary>
    public bool IsEmpty => _baseline.Count == 0 && _told.Count == 0 && _untold.Count == 0;

    /// <summary>Notes a node's gauges in a tick, and so that a second without requests is a point of history too.</summary>
    public void Note(long tick, string node, Gauges gauges)
    {
        if (KnownGauges(tick, node) == gauges)
        {
            return;
        }

        At(_untold, tick).Nodes[node] = gauges;
        _nodeTicks[node] = Math.Max(_nodeTicks.GetValueOrDefault(node), tick);
        _changes++;
    }

    /// <summary>Counts requests of a series on a node in a tick.</summary>
    public void Add(long tick, SeriesKey series, string node, RequestCounters added, Sketch durations)
    {
        var into = At(_untold, tick).Added;
        var key = _series.Contains(series) || (_series.Count < SeriesMax && _series.Add(series)) ? series : SeriesKey.Overflow;
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
    /// What a caller lacks: what came in since its last answer or, where that is not the one before, a baseline and what came after it.
    /// </summary>
    public (ShardBaseline? Baseline, List<ShardTick> Ticks) Tell(ShardCursor since, bool known, long upToTick)
    {
        if (known && since.Version == _version)
        {
            Confirm();
        }
        else if (known && since.Version == _version - 1 && _answered is { } lost)
        {
            _untold = Merged(lost, _untold);
        }
        else
        {
            return TellAnew(since, upToTick);
        }

        Fold(since.SafeTick);
        (_answered, _untold) = Split(_untold, upToTick);
        _version++;
        return (null, [.. _answered.Values.Select(tick => tick.ToShardTick())]);
    }

    /// <summary>All that was ever counted.</summary>
    public RequestCounters Total
    {
        get
        {
            var sum = SumOf(_baseline);
            foreach (var ticks in Lists())
            {
                foreach (var tick in ticks.Values)
                {
                    sum += SumOf(tick.Added);
                }
            }

            return sum;
        }
    }

    /// <summary>For storage: as if everything had been told.</summary>
    public TickWindow ToStored()
    {
        ForgetNodes();
        var stored = new TickWindow { _told = Lists().Aggregate(new SortedList<long, WindowTick>(), MergedCopy) };
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
        var all = Lists().Aggregate(Merged);
        (_told, _untold) = Split(all, upToTick);
        _answered = null;
        _version++;
        Fold(since.SafeTick);
        var baseline = _baseline.ToDictionary(part => part.Key, part => part.Value.Clone());
        foreach (var tick in _told.Values.TakeWhile(tick => tick.Tick <= since.Tick))
        {
            WindowTick.AddAll(tick.Added, baseline);
        }

        return (
            new ShardBaseline(since.Tick, [.. baseline.Select(part => new PartCounts(part.Key, part.Value))]),
            [.. _told.Values.Where(tick => tick.Tick > since.Tick).Select(tick => tick.ToShardTick())]);
    }

    private void Confirm()
    {
        if (_answered is { } confirmed)
        {
            _told = Merged(_told, confirmed);
            _answered = null;
        }
    }

    /// <summary>Into the baseline goes what no successor of the caller needs by the tick, and what is more than is kept.</summary>
    private void Fold(long safeTick)
    {
        while (_told.Count > 0 && (_told.GetKeyAtIndex(0) <= safeTick || _told.Count > LengthMax))
        {
            WindowTick.AddAll(_told.GetValueAtIndex(0).Added, _baseline);
            _told.RemoveAt(0);
        }

        // While nobody asks at all.
        while (_untold.Count > LengthMax)
        {
            var (oldest, next) = (_untold.GetValueAtIndex(0), _untold.GetValueAtIndex(1));
            WindowTick.AddAll(oldest.Added, next.Added);
            _untold.RemoveAt(0);
        }
    }

    private WindowTick At(SortedList<long, WindowTick> ticks, long tick)
    {
        if (!ticks.TryGetValue(tick, out var found))
        {
            if (ticks.Count >= LengthMax && tick < ticks.GetKeyAtIndex(0))
            {
                // What is later than all that is kept is counted in the oldest tick.
                return ticks.GetValueAtIndex(0);
            }

            ticks.Add(tick, found = new WindowTick { Tick = tick });
            Fold(long.MinValue);
        }

        return found;
    }

    /// <summary>The node has reported for this tick.</summary>
    public bool Has(long tick, string node) => KnownGauges(tick, node) is not null;

    private Gauges? KnownGauges(long tick, string node)
    {
        foreach (var ticks in (ReadOnlySpan<SortedList<long, WindowTick>?>)[_untold, _answered, _told])
        {
            if (ticks is not null && ticks.TryGetValue(tick, out var found) && found.Nodes.TryGetValue(node, out var gauges))
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

    private IEnumerable<SortedList<long, WindowTick>> Lists() => _answered is { } answered ? [_told, answered, _untold] : [_told, _untold];

    /// <summary>Adds the ticks of the second to those of the first, and returns that; the second must not be used any more.</summary>
    private static SortedList<long, WindowTick> Merged(SortedList<long, WindowTick> into, SortedList<long, WindowTick> from)
    {
        foreach (var (tick, content) in from)
        {
            if (!into.TryAdd(tick, content))
            {
                into[tick].Add(content);
            }
        }

        return into;
    }

    private static SortedList<long, WindowTick> MergedCopy(SortedList<long, WindowTick> into, SortedList<long, WindowTick> from)
    {
        foreach (var (tick, content) in from)
        {
            into.TryAdd(tick, new WindowTick { Tick = tick });
            into[tick].Add(content);
        }

        return into;
    }

    private static (SortedList<long, WindowTick> UpTo, SortedList<long, WindowTick> After) Split(SortedList<long, WindowTick> ticks, long upToTick)
    {
        var (upTo, after) = (new SortedList<long, WindowTick>(), new SortedList<long, WindowTick>());
        foreach (var (tick, content) in ticks)
        {
            (tick <= upToTick ? upTo : after).Add(tick, content);
        }

        return (upTo, after);
    }

    private static RequestCounters SumOf(Dictionary<PartKey, Counts> parts)
    {
        var sum = default(RequestCounters);
        foreach (var (key, counts) in parts)
        {
            sum += key.Node.Length == 0 ? counts.Counters : default;
        }

        return sum;
    }

}
