namespace Kairos.Gateway;

/// <summary>
/// Sends each snapshot to the sockets that are due for it: one frame for each distinct choice of metrics, shared by all that want it.
/// Thread-safe; sockets are grouped by (metrics, interval) and, within it, by the tick they were answered at. Lock order: socket, then hub.
/// </summary>
internal sealed class SnapshotHub(TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(MetricSet Metrics, int IntervalSeconds), SubscriptionGroup> _groups = [];
    private volatile Snapshot? _latest;
    private long _latestSince = timeProvider.GetTimestamp();

    /// <summary>The newest snapshot; null before the first.</summary>
    public Snapshot? Latest => _latest;

    /// <summary>How long ago the newest snapshot came; before the first, since the node began.</summary>
    public TimeSpan LatestAge => timeProvider.GetElapsedTime(Interlocked.Read(ref _latestSince));

    /// <summary>
    /// Adds a socket to those that get these metrics at each interval from the latest snapshot on, which is returned as its first.
    /// </summary>
    public (SubscriptionPhase Phase, Snapshot Snapshot) Join(MetricsSocket socket, MetricSet metrics, int intervalSeconds)
    {
        lock (_lock)
        {
            var latest = _latest ?? throw new InvalidOperationException("A socket joined before the first snapshot.");
            if (!_groups.TryGetValue((metrics, intervalSeconds), out var group))
            {
                group = _groups[(metrics, intervalSeconds)] = new SubscriptionGroup(metrics, intervalSeconds);
            }

            return (group.Add(socket, latest.Tick), latest);
        }
    }

    public void Leave(MetricsSocket socket, SubscriptionPhase phase)
    {
        lock (_lock)
        {
            phase.Remove(socket);
            if (phase.Group.IsEmpty)
            {
                _groups.Remove((phase.Group.Metrics, phase.Group.IntervalSeconds));
            }
        }
    }

    /// <summary>
    /// Takes a snapshot and hands its frames to the sockets; false for an older one, or one of a generation that lost. A new generation may
    /// begin at an earlier tick, when its silo's clock is behind that of the former: better ticks twice than dashboards that stand still.
    /// </summary>
    public bool Publish(Snapshot snapshot)
    {
        var due = new List<(SubscriptionPhase Phase, MetricsSocket[] Sockets)>();
        lock (_lock)
        {
            var former = _latest;
            if (former is not null && (snapshot.Generation, snapshot.Tick).CompareTo((former.Generation, former.Tick)) <= 0)
            {
                return false;
            }

            _latest = snapshot;
            Interlocked.Exchange(ref _latestSince, timeProvider.GetTimestamp());
            foreach (var group in _groups.Values)
            {
                group.CollectDue(former is null ? snapshot.Tick - 1 : Math.Min(former.Tick, snapshot.Tick - 1), snapshot.Tick, due);
            }
        }

        var frames = new Dictionary<MetricSet, byte[]>();
        foreach (var (phase, sockets) in due)
        {
            if (!frames.TryGetValue(phase.Group.Metrics, out var frame))
            {
                frame = frames[phase.Group.Metrics] = EventWriter.Snapshot(snapshot, phase.Group.Metrics);
            }

            foreach (var socket in sockets)
            {
                socket.Offer(phase, frame);
            }
        }

        return true;
    }
}
