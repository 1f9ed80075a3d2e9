namespace Kairos.Grains;

/// <summary>What storage holds of a series besides its sealed blocks.</summary>
[GenerateSerializer, Alias("Kairos.SeriesHead")]
internal sealed record SeriesHead(
    [property: Id(0)] long Generation,
    [property: Id(1)] long Tick,
    [property: Id(2)] List<ShardFloor> Shards,
    [property: Id(3)] List<HistoryPoint> Points);

/// <summary>What one shard had shown.</summary>
[GenerateSerializer, Alias("Kairos.ShardFloor")]
internal sealed record ShardFloor(
    [property: Id(0)] int Shard,
    [property: Id(1)] RequestCounters Counters,
    [property: Id(2)] Sketch Durations);

/// <summary>
/// The roll-up: the sum over all shards at each tick, snapshots of it, and history. No I/O and no clock.
/// Runs on the grain scheduler.
/// </summary>
internal sealed class SeriesState
{
    /// <summary>Snapshots kept for nodes that arrive or missed some (DESIGN: 61 ticks, so that every interval has its start).</summary>
    public const int RecentMax = 61;

    private readonly ShardSeries[] _shards;
    private readonly PriorityQueue<(int Shard, ShardTick Tick), (long Tick, long Order)> _staged = new();
    private readonly Queue<Snapshot> _recent = new();
    private readonly Sketch _durations = new();
    private long _order;

    public SeriesState(int shards, SeriesHead? from, History history)
    {
        History = history;
        Generation = (from?.Generation ?? 0) + 1;
        Tick = from?.Tick ?? 0;

        // Shards that the configuration no longer has still answer for what they counted.
        var known = from?.Shards.Select(floor => floor.Shard + 1).DefaultIfEmpty().Max() ?? 0;
        _shards = [.. Enumerable.Range(0, Math.Max(shards, known)).Select(_ => new ShardSeries())];
        foreach (var floor in from?.Shards ?? [])
        {
            _durations.Add(_shards[floor.Shard].Merge(new ShardTick(Tick, floor.Counters, 0, 0, floor.Durations)));
        }

        foreach (var point in from?.Points ?? [])
        {
            History.Merge(point);
        }
    }

    public long Generation { get; }

    /// <summary>The last tick rolled up; 0 before the first.</summary>
    public long Tick { get; private set; }

    public History History { get; }

    /// <summary>The latest snapshots, ascending.</summary>
    public IReadOnlyCollection<Snapshot> Recent => _recent;

    public int ShardCount => _shards.Length;

    public bool AllReady => Array.TrueForAll(_shards, shard => shard.Ready);

    public ShardCursor CursorOf(int shard) => _shards[shard].Cursor;

    public RequestCounters Total => _shards.Aggregate(default(RequestCounters), (sum, shard) => sum + shard.Latest);

    /// <summary>Takes a shard's answer; its ticks count from the next <see cref="Advance"/> on.</summary>
    public void Stage(int shard, ShardTicks answer)
    {
        _shards[shard].Ready |= answer.Ready;
        _shards[shard].Cursor = answer.Next;
        foreach (var tick in answer.Ticks)
        {
            // Of two answers for a tick the later one's gauges stand.
            _staged.Enqueue((shard, tick), (tick.Tick, _order++));
        }
    }

    /// <summary>
    /// Rolls up all ticks after the last one, to <paramref name="upToTick"/>, with a snapshot of each in which a node ran, and of the last;
    /// revises the points of history that late ticks change.
    /// </summary>
    public void Advance(long upToTick)
    {
        var revisedFrom = Tick + 1;
        for (var tick = Math.Max(Tick + 1, upToTick - RecentMax + 1); tick <= upToTick; tick++)
        {
            while (_staged.TryPeek(out var staged, out var at) && at.Tick <= tick)
            {
                _staged.Dequeue();
                _durations.Add(_shards[staged.Shard].Merge(staged.Tick));
                revisedFrom = Math.Min(revisedFrom, at.Tick);
            }

            var snapshot = SnapshotAt(tick);
            if (snapshot.Nodes > 0 || tick == upToTick)
            {
                Remember(snapshot);
            }
        }

        Tick = Math.Max(Tick, upToTick);
        for (var tick = Math.Max(revisedFrom, upToTick - TickWindow.LengthMax); tick <= upToTick; tick++)
        {
            var (counters, inFlight, nodes) = At(tick);
            if (nodes > 0)
            {
                History.Merge(new HistoryPoint(tick, counters, inFlight));
            }
        }
    }

    /// <summary>What storage should hold, with the points that no sealed block has.</summary>
    public SeriesHead ToHead() => new(
        Generation,
        Tick,
        [.. _shards.Select((shard, i) => new ShardFloor(i, shard.Latest, shard.Durations.Clone()))],
        History.Unsealed());

    private Snapshot SnapshotAt(long tick)
    {
        var (counters, inFlight, nodes) = At(tick);
        return new Snapshot(Generation, tick, counters, inFlight, nodes, _durations.Clone());
    }

    private (RequestCounters Counters, int InFlight, int Nodes) At(long tick)
    {
        var sum = (Counters: default(RequestCounters), InFlight: 0, Nodes: 0);
        foreach (var shard in _shards)
        {
            var (counters, inFlight, nodes) = shard.At(tick);
            sum = (sum.Counters + counters, sum.InFlight + inFlight, sum.Nodes + nodes);
        }

        return sum;
    }

    private void Remember(Snapshot snapshot)
    {
        _recent.Enqueue(snapshot);
        if (_recent.Count > RecentMax)
        {
            _recent.Dequeue();
        }
    }
}
