namespace Kairos.Gateway;

/// <summary>
/// The sockets that want the same metrics at the same interval, in phases by the tick at which each was answered. All members under the
/// hub's lock.
/// </summary>
/// <param name="metrics">What each frame has.</param>
/// <param name="intervalSeconds">The width of the grid.</param>
/// <param name="ofSessions">
/// Frames carry their tick, and cover exactly one interval: where a snapshot of the grid is missing, the sockets are only told that there is a newer one.
/// </param>
internal sealed class SubscriptionGroup(MetricSet metrics, int intervalSeconds, bool ofSessions = false)
{
    private readonly SubscriptionPhase?[] _phases = new SubscriptionPhase?[intervalSeconds];

    public MetricSet Metrics => metrics;

    public int IntervalSeconds => intervalSeconds;

    public bool OfSessions => ofSessions;

    public bool IsEmpty => Array.TrueForAll(_phases, phase => phase is null || phase.Count == 0);

    /// <summary>Adds a socket that is answered with a snapshot: its next frame begins where that ends.</summary>
    public SubscriptionPhase Add(MetricsSocket socket, Snapshot answer)
    {
        var phase = AddAt(socket, answer.Tick);
        phase.Last = answer;
        return phase;
    }

    /// <summary>Adds a socket of a session whose grid has that tick.</summary>
    public SubscriptionPhase AddAt(MetricsSocket socket, long tick)
    {
        var phase = _phases[tick % intervalSeconds] ??= new SubscriptionPhase(this);
        phase.Add(socket);
        return phase;
    }

    /// <summary>The sockets whose turn came after one tick and up to a snapshot: seconds without one delay a turn, none is lost.</summary>
    /// <param name="afterTick">Turns up to here are over.</param>
    /// <param name="snapshot">What is sent.</param>
    /// <param name="intervalAgo">The snapshot of exactly an interval before it; null where there is none. Asked of sessions alone.</param>
    /// <param name="due">They are added to it.</param>
    public void CollectDue(long afterTick, Snapshot snapshot, Snapshot? intervalAgo, List<DueSockets> due)
    {
        for (var tick = Math.Max(afterTick + 1, snapshot.Tick - intervalSeconds + 1); tick <= snapshot.Tick; tick++)
        {
            if (_phases[tick % intervalSeconds] is { Count: > 0 } phase)
            {
                due.Add(new DueSockets(phase, tick, ofSessions ? intervalAgo : phase.Last, phase.Sockets()));
                phase.Last = snapshot;
            }
        }
    }

    public IEnumerable<MetricsSocket> Sockets() => _phases.Where(phase => phase is not null).SelectMany(phase => phase!.Sockets());
}

/// <summary>Sockets that get a frame now.</summary>
/// <param name="Phase">Theirs.</param>
/// <param name="Turn">The tick at which it was their turn: that of the snapshot, or an earlier one without a snapshot.</param>
/// <param name="Since">The snapshot that their last frame ended with; of sessions the one an interval ago, null where there is none.</param>
/// <param name="Sockets">They.</param>
internal readonly record struct DueSockets(SubscriptionPhase Phase, long Turn, Snapshot? Since, MetricsSocket[] Sockets);

/// <summary>The sockets of a group whose turn is the same. All members under the hub's lock.</summary>
internal sealed class SubscriptionPhase(SubscriptionGroup group)
{
    private readonly List<MetricsSocket> _members = [];

    // Handed out to be read beside the lock; made anew after a change.
    private MetricsSocket[]? _sockets;

    public SubscriptionGroup Group => group;

    public int Count => _members.Count;

    /// <summary>
    /// The snapshot that all members' last frames ended with. Who joins is answered with the latest one, and the others have had that
    /// as well: it is their turn's. Of no use to sessions, each of which knows its own.
    /// </summary>
    public Snapshot? Last { get; set; }

    public MetricsSocket[] Sockets() => _sockets ??= [.. _members];

    public void Add(MetricsSocket socket)
    {
        socket.PlaceInPhase = _members.Count;
        _members.Add(socket);
        _sockets = null;
    }

    public void Remove(MetricsSocket socket)
    {
        // The last one takes the place that falls free: no search among thousands.
        var last = _members[^1];
        _members[socket.PlaceInPhase] = last;
        last.PlaceInPhase = socket.PlaceInPhase;
        _members.RemoveAt(_members.Count - 1);
        _sockets = null;
    }
}
