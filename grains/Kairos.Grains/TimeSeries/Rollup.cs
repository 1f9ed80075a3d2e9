namespace Kairos.Grains;

/// <summary>
/// The roll-up: what the shards counted, by tick, summed up in every scope. No I/O and no clock.
/// Runs on the grain scheduler.
/// </summary>
internal sealed class Rollup
{
    /// <summary>Snapshots that a node may ask for (DESIGN: 61 ticks, so that every interval has its start).</summary>
    public const int RecentMax = 61;

    private readonly ShardParts[] _shards;
    private readonly PriorityQueue<(int Shard, ShardBaseline? Baseline, ShardTick? Tick), (long Tick, long Order)> _staged = new();
    private readonly HashSet<ScopeSeries> _touched = [];
    private readonly HashSet<ScopeSeries> _busy = [];
    private readonly Presence _presence = new();
    private long _order;

    public Rollup(int shards, RollupHead? from, GrainInstruments instruments)
    {
        Generation = (from?.Generation ?? 0) + 1;
        Tick = from?.Tick ?? 0;

        // Shards that the configuration no longer has still answer for what they counted.
        _shards = [.. Enumerable.Range(0, Math.Max(shards, from?.Shards ?? 0)).Select(shard => new ShardParts(
            Math.Min(from?.HeardTicks is { } heard ? heard.ElementAtOrDefault(shard) : Tick, Tick)))];
        Scopes = new ScopeTable(from?.Scopes ?? [], _presence, instruments);
        Cluster = Scopes.Of(Scope.Cluster, Tick);
    }

    public long Generation { get; }

    /// <summary>The last tick rolled up; 0 before the first.</summary>
    public long Tick { get; private set; }

    public ScopeTable Scopes { get; }

    public ScopeSeries Cluster { get; }

    public int ShardCount => _shards.Length;

    public bool AllReady => Array.TrueForAll(_shards, shard => shard.Ready);

    public ShardCursor CursorOf(int shard) => _shards[shard].Cursor;

    public RequestCounters Total => Cluster.History.Total;

    /// <summary>Takes a shard's answer; its ticks count from the next <see cref="Advance"/> on.</summary>
    public void Stage(int shard, ShardTicks answer)
    {
        _shards[shard].Take(answer);
        if (answer.Baseline is { } baseline)
        {
            _staged.Enqueue((shard, baseline, null), (baseline.Tick, _order++));
        }

        foreach (var tick in answer.Ticks)
        {
            // However late it is, after the baseline to which it adds.
            _staged.Enqueue((shard, null, tick), (Math.Max(tick.Tick, _shards[shard].BaselineTick), _order++));
        }
    }

    /// <summary>Rolls up all ticks after the last one, to <paramref name="upToTick"/>; counts that come late go to their own.</summary>
    public void Advance(long upToTick)
    {
        for (var tick = Math.Max(Tick + 1, upToTick - TickWindow.LengthMax); tick <= upToTick; tick++)
        {
            while (_staged.TryPeek(out var staged, out var at) && at.Tick <= tick)
            {
                _staged.Dequeue();
                Apply(staged.Shard, staged.Baseline, staged.Tick);
            }

            foreach (var scope in _touched)
            {
                scope.Settle(tick);
            }

            _touched.Clear();
            NoteGauges(tick, _shards, isLate: false);
            Tick = tick;
        }

        Array.ForEach(_shards, shard => shard.RolledUp(Tick));
        NoteInFlight();
    }

    /// <summary>Takes back what an earlier activation had of the open seconds of a scope.</summary>
    public void RestoreOpen(Scope scope, IReadOnlyList<Point> points)
    {
        Scopes.Find(scope)?.History.RestoreOpen(points);
        if (scope == Scope.Cluster)
        {
            foreach (var point in points)
            {
                _presence.Add(point.Tick);
            }
        }
    }

    /// <summary>What storage should hold besides history.</summary>
    public RollupHead ToHead(long sequence) => new(Generation, Tick, ShardCount, sequence, Scopes.ToStored())
    {
        HeardTicks = [.. _shards.Select(shard => shard.HeardTick)],
    };

    /// <summary>All that is rolled up is being written: call the returned action once storage has it, the shards need not keep it then.</summary>
    public Action Save()
    {
        var saved = Array.ConvertAll(_shards, shard => shard.Save());
        return () => Array.ForEach(saved, shard => shard());
    }

    private void Apply(int shard, ShardBaseline? baseline, ShardTick? tick)
    {
        foreach (var part in baseline?.Parts ?? [])
        {
            var before = _shards[shard].Replace(part.Key, part.Counts);
            foreach (var scope in Scopes.Of(part.Key, Tick))
            {
                scope.Move(before, part.Counts);
                _touched.Add(scope);
            }
        }

        if (tick is null)
        {
            return;
        }

        foreach (var part in tick.Added)
        {
            _shards[shard].Add(part.Key, part.Counts);
            foreach (var scope in Scopes.Of(part.Key, tick.Tick))
            {
                scope.Add(tick.Tick, part.Counts);
                _touched.Add(scope);
            }
        }

        if (tick.Nodes.Count > 0)
        {
            _shards[shard].Note(tick.Tick, tick.Nodes);
            if (tick.Tick <= Tick)
            {
                NoteGauges(tick.Tick, [_shards[shard]], isLate: true);
            }
        }
    }

    /// <summary>The gauges of the cluster and of each node of these shards at a tick; a tick for which no node has reported is no point.</summary>
    private void NoteGauges(long tick, ReadOnlySpan<ShardParts> told, bool isLate)
    {
        foreach (var shard in told)
        {
            foreach (var (node, gauges) in shard.NodesAt(tick))
            {
                Scopes.Of(PartKey.OfNode(node), tick)[0].Note(tick, gauges, isLate);
            }
        }

        var sum = _shards.Aggregate(default(Gauges), (sum, shard) => sum + shard.At(tick));
        if (sum.Gateways > 0)
        {
            _presence.Add(tick);
            Cluster.Note(tick, sum, isLate);
        }
        else if (!isLate)
        {
            Cluster.SetGauges(sum);
        }
    }

    /// <summary>Requests in progress by route and destination; and nodes that reported no more have none.</summary>
    private void NoteInFlight()
    {
        foreach (var former in _busy)
        {
            former.SetGauges(default);
        }

        _busy.Clear();
        foreach (var group in _shards.SelectMany(shard => shard.InFlight).GroupBy(s => s.Key))
        {
            if (Scopes.OfGauge(group.Key, Tick) is { } scope)
            {
                scope.Note(Tick, new Gauges(group.Sum(s => s.InFlight)), isLate: false);
                _busy.Add(scope);
            }
        }

        foreach (var node in Scopes.All.Where(s => s.Scope.Kind == ScopeKind.Node && s.ActiveTick < Tick && s.Gauges != default))
        {
            node.SetGauges(default);
        }
    }
}
