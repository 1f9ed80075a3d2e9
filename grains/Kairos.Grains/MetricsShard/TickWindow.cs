namespace Kairos.Grains;

/// <summary>
/// The recent ticks of a shard, each with what was counted in it, over a base that holds all earlier ones.
/// A late count lands in its own tick while the window has it, else in the oldest. Runs on the grain scheduler.
/// </summary>
[GenerateSerializer, Alias("Kairos.TickWindow")]
internal sealed class TickWindow
{
    /// <summary>Ticks kept: a node's buffer (120) with room for a slow rollup.</summary>
    public const int LengthMax = 180;

    [Id(0)] private readonly List<WindowTick> _ticks = [];
    [Id(1)] private RequestCounters _base;
    [Id(2)] private readonly Sketch _baseDurations = new();

    // Of the ticks that have gone into the base; a caller that is behind them is sent every bucket anew.
    [NonSerialized]
    private (long Version, long Tick) _folded;

    /// <summary>Numbers the changes; of one activation, hence not stored.</summary>
    [field: NonSerialized]
    public long Version { get; private set; }

    /// <summary>Notes a node's gauge in a tick, and so that a second without requests is a point of history too.</summary>
    public void Note(long tick, string node, int inFlight)
    {
        var entry = Open(tick);
        if (!entry.InFlight.TryGetValue(node, out var known) || known != inFlight)
        {
            entry.InFlight[node] = inFlight;
            entry.Version = ++Version;
        }
    }

    /// <summary>Counts requests in a tick.</summary>
    public void Add(long tick, RequestCounters added, Sketch durations)
    {
        var entry = Open(tick);
        entry.Added += added;
        entry.Durations.Add(durations);
        Version++;
        for (var i = _ticks.Count - 1; i >= 0 && _ticks[i].Tick >= entry.Tick; i--)
        {
            // Cumulative values of all later ticks rose as well.
            _ticks[i].Version = Version;
        }
    }

    /// <summary>
    /// The ticks up to one that a caller who has changes up to <paramref name="version"/> of ticks up to <paramref name="tick"/> lacks,
    /// with cumulative values. A caller without any (-1) gets every bucket with the first of them.
    /// </summary>
    public List<ShardTick> ChangedSince(long version, long tick, long upToTick, Func<WindowTick, int> inFlight)
    {
        var changed = new List<ShardTick>();
        var counters = _base;
        var durations = _baseDurations.Clone();
        var all = version < _folded.Version || tick < _folded.Tick || version < 0;
        foreach (var entry in _ticks)
        {
            if (entry.Tick > upToTick)
            {
                break;
            }

            counters += entry.Added;
            durations.Add(entry.Durations);
            if (entry.Version > version || entry.Tick > tick)
            {
                var buckets = all ? durations.Clone() : Cumulative(entry.Durations.Buckets, durations);
                all = false;
                changed.Add(new ShardTick(entry.Tick, counters, inFlight(entry), entry.InFlight.Count, buckets));
            }
        }

        return changed;
    }

    /// <summary>All that was ever counted, at the end of the window.</summary>
    public RequestCounters Total => _ticks.Aggregate(_base, (sum, tick) => sum + tick.Added);

    private static Sketch Cumulative(ReadOnlySpan<ushort> changed, Sketch durations)
    {
        var buckets = new Sketch();
        foreach (var bucket in changed)
        {
            buckets.Set(bucket, durations[bucket]);
        }

        return buckets;
    }

    /// <summary>The tick, made when it is not there yet; the oldest where it is older than the window.</summary>
    public WindowTick Open(long tick)
    {
        if (_ticks.Count == LengthMax && tick < _ticks[0].Tick)
        {
            return _ticks[0];
        }

        var at = _ticks.Count;
        while (at > 0 && _ticks[at - 1].Tick > tick)
        {
            at--;
        }

        if (at > 0 && _ticks[at - 1].Tick == tick)
        {
            return _ticks[at - 1];
        }

        var opened = new WindowTick { Tick = tick, Version = ++Version };
        _ticks.Insert(at, opened);
        if (_ticks.Count > LengthMax)
        {
            _folded = (Math.Max(_folded.Version, _ticks[0].Version), _ticks[0].Tick);
            _base += _ticks[0].Added;
            _baseDurations.Add(_ticks[0].Durations);
            _ticks.RemoveAt(0);
        }

        return opened;
    }
}

/// <summary>One tick of the window.</summary>
[GenerateSerializer, Alias("Kairos.WindowTick")]
internal sealed class WindowTick
{
    [Id(0)] public long Tick { get; init; }

    [Id(1)] public RequestCounters Added { get; set; }

    [Id(2)] public Sketch Durations { get; init; } = new();

    /// <summary>Requests in progress by node, as each reported for this tick.</summary>
    [Id(3)] public Dictionary<string, int> InFlight { get; init; } = [];

    [field: NonSerialized]
    public long Version { get; set; }
}
