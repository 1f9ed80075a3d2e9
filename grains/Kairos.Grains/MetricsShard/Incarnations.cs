namespace Kairos.Grains;

/// <summary>
/// All runs of node processes that a shard knows: who holds a node's name, who is live, what has been folded. Times are Unix milliseconds.
/// Runs on the grain scheduler.
/// </summary>
internal sealed class Incarnations(IEnumerable<Incarnation> stored, ClosedIncarnations closed)
{
    /// <summary>The lease of a name and of what a shard once showed: a node silent for longer is taken for dead (DESIGN: 5 s).</summary>
    public const long LeaseMilliseconds = 5_000;

    /// <summary>The lease of gauges and watermarks: shorter, so that a dead node's gauges have left the snapshot within 5 s.</summary>
    public const long GaugeLeaseMilliseconds = 3_000;

    /// <summary>Incarnations with an entry of their own; beyond it the one longest silent is folded early.</summary>
    public const int Max = 4_096;

    /// <summary>An ended incarnation keeps its own entry for so long.</summary>
    private const long KeptMilliseconds = 3_600_000;

    private readonly Dictionary<Guid, Incarnation> _byId = stored.ToDictionary(i => i.Id);

    // Folded in memory, but no base in storage says so yet: a crash would open them again. Until then they are neither merged nor told.
    private readonly HashSet<Guid> _folding = [];

    public int Count => _byId.Count;

    public IReadOnlyCollection<Incarnation> All => _byId.Values;

    public Incarnation? Find(Guid id) => _byId.GetValueOrDefault(id);

    public bool IsFolding(Guid id) => _folding.Contains(id);

    public IEnumerable<Incarnation> Live(long now, long lease) => _byId.Values.Where(i => i.IsLive(now, lease));

    /// <summary>Another process that reports under the name of this one.</summary>
    public bool IsNameTaken(string node, Guid id, long now) =>
        _byId.Values.Any(other => other.Id != id && other.Node == node && other.IsLive(now, LeaseMilliseconds));

    /// <summary>Takes in a new incarnation; the one folded to make room, if any.</summary>
    public (Incarnation Entered, Incarnation? Folded) Enter(string node, Guid id, long now)
    {
        var folded = _byId.Count >= Max ? _byId.Values.MinBy(i => i.LastReportAt) : null;
        if (folded is not null)
        {
            Fold(folded);
        }

        var entered = new Incarnation { Node = node, Id = id, LastReportAt = now, EnteredAt = now };
        _byId.Add(id, entered);
        return (entered, folded);
    }

    /// <summary>From now on this incarnation has its node's name, and no other.</summary>
    public void GiveName(Incarnation holder)
    {
        holder.Ended = holder.Left;
        foreach (var former in _byId.Values.Where(i => i.Node == holder.Node && i.Id != holder.Id))
        {
            former.Ended = true;
        }
    }

    /// <summary>Folds what ended more than an hour ago, so that nodes that come and go do not grow the state.</summary>
    public List<Incarnation> FoldOld(long now)
    {
        var old = _byId.Values.Where(i => now - i.LastReportAt > KeptMilliseconds).ToList();
        old.ForEach(Fold);
        return old;
    }

    /// <summary>What is folded now; call the returned action once a base with it is in storage.</summary>
    public Action Folded()
    {
        Guid[] folded = [.. _folding];
        return () => _folding.ExceptWith(folded);
    }

    /// <summary>Of each node its latest incarnation.</summary>
    public List<NodeStatus> Nodes(long now) => [.. _byId.Values.GroupBy(i => i.Node).Select(runs => StatusOf(runs, now))];

    private static NodeStatus StatusOf(IEnumerable<Incarnation> runs, long now)
    {
        // Runs recovered from one entry have one instant: of those that ended, the one that said goodbye was not displaced by another.
        var latest = runs.MaxBy(i => (!i.Ended, i.LastReportAt, i.Left))!;
        var live = latest.IsLive(now, LeaseMilliseconds);
        return new NodeStatus(
            latest.Node,
            !live ? NodeState.Gone : latest.Draining ? NodeState.Draining : NodeState.Live,
            latest.EnteredAt,
            latest.LastReportAt,
            latest.ClosedClusterTick,
            live ? latest.Gauges.InFlight : 0,
            latest.ClockOffset,
            latest.Left);
    }

    private void Fold(Incarnation old)
    {
        closed.Add(old);
        _folding.Add(old.Id);
        _byId.Remove(old.Id);
    }
}
