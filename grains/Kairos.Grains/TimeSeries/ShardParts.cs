using System.Runtime.InteropServices;

namespace Kairos.Grains;

/// <summary>
/// What the rollup knows of one shard: what each part has counted by its own account, and the gauges of its nodes by tick.
/// Runs on the grain scheduler.
/// </summary>
/// <param name="heardTick">Of later ticks storage has nothing that it told.</param>
internal sealed class ShardParts(long heardTick)
{
    /// <summary>A shard that is late counts with its last gauges for so long.</summary>
    private const long GaugeTicksMax = 4;

    private readonly Dictionary<PartKey, Counts> _counts = [];

    // By tick, at most the shard's own window.
    private readonly SortedList<long, Dictionary<string, Gauges>> _nodes = [];
    private (long Tick, Gauges Gauges) _late;
    private ShardCursor _cursor = new(Guid.Empty, -1, heardTick, 0);

    // The first tick of which it told anything since the last write began; and that of what was in writes, as long as none has succeeded.
    private long _unsavedFrom = long.MaxValue;
    private long _unsafeFrom = long.MaxValue;
    private long _savedTick;

    /// <summary>Where the next collection goes on.</summary>
    public ShardCursor Cursor => _cursor with { SafeTick = Math.Min(_savedTick, Math.Min(_unsavedFrom, _unsafeFrom) - 1) };

    /// <summary>What it told of later ticks, if anything, is not rolled up.</summary>
    public long HeardTick { get; private set; } = heardTick;

    /// <summary>Of the last baseline that it gave.</summary>
    public long BaselineTick { get; private set; }

    /// <summary>It has answered, with all that it ever showed.</summary>
    public bool Ready { get; set; }

    /// <summary>Requests in progress by route and by destination, as it last said.</summary>
    public IReadOnlyList<SeriesInFlight> InFlight { get; private set; } = [];

    /// <summary>What is known before its ticks are: gauges of the moment.</summary>
    public void Take(ShardTicks answer)
    {
        Ready |= answer.Ready;
        _cursor = answer.Next;
        BaselineTick = answer.Baseline?.Tick ?? BaselineTick;
        _unsavedFrom = answer.Ticks is [var first, ..] ? Math.Min(_unsavedFrom, first.Tick) : _unsavedFrom;
        InFlight = answer.InFlight;
        _late = (answer.Next.Tick, answer.Late);
    }

    /// <summary>All that it told is rolled up, to a tick.</summary>
    public void RolledUp(long tick) => HeardTick = Math.Min(_cursor.Tick, tick);

    /// <summary>What is rolled up is being written: call the returned action once storage has it.</summary>
    public Action Save()
    {
        var heard = HeardTick;
        _unsafeFrom = Math.Min(_unsafeFrom, _unsavedFrom);
        _unsavedFrom = long.MaxValue;
        return () => (_savedTick, _unsafeFrom) = (heard, long.MaxValue);
    }

    /// <summary>Counts what was added to a part.</summary>
    public void Add(PartKey key, Counts added)
    {
        ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, key, out _);
        (counts ??= new Counts()).Add(added);
    }

    /// <summary>
    /// The shard begins anew with these counts for a part; returns what it had said. They are less after a crash
    /// in the middle of an outage of storage, until its nodes have reported again.
    /// </summary>
    public Counts Replace(PartKey key, Counts now)
    {
        var before = _counts.GetValueOrDefault(key) ?? new Counts();
        _counts[key] = now;
        return before;
    }

    public void Note(long tick, IReadOnlyList<TickNode> nodes)
    {
        if (!_nodes.TryGetValue(tick, out var known))
        {
            _nodes.Add(tick, known = []);
            if (_nodes.Count > TickWindow.LengthMax)
            {
                _nodes.RemoveAt(0);
            }
        }

        foreach (var (node, gauges) in nodes)
        {
            known[node] = gauges with { Gateways = 1 };
        }
    }

    /// <summary>The nodes that reported for a tick.</summary>
    public IReadOnlyDictionary<string, Gauges> NodesAt(long tick) => _nodes.GetValueOrDefault(tick) ?? [];

    /// <summary>
    /// The shard's gauges at the end of a tick: those of the nodes that reported for it and, while others are live and late, their last ones.
    /// Where the shard itself has not answered yet (its silo is lost, perhaps), for a few ticks the last ones of all.
    /// </summary>
    public Gauges At(long tick)
    {
        if (_nodes.TryGetValue(tick, out var nodes) || _cursor.Tick >= tick)
        {
            var sum = nodes?.Values.Aggregate(default(Gauges), (a, b) => a + b) ?? default;
            return _late.Tick == tick ? sum + _late.Gauges : sum;
        }

        for (var at = _nodes.Count - 1; at >= 0 && tick - _nodes.GetKeyAtIndex(at) <= GaugeTicksMax; at--)
        {
            if (_nodes.GetKeyAtIndex(at) <= tick)
            {
                return At(_nodes.GetKeyAtIndex(at)) with { Gateways = 0 };
            }
        }

        return default;
    }
}
