namespace Kairos.Gateway;

/// <summary>
/// Sends each snapshot of one scope to the sockets that are due for it: one frame for each distinct choice of metrics and, where these are
/// about an interval, of that; shared by all that want it. Thread-safe; sockets are grouped by (metrics, interval) and, within it, by the tick
/// they were answered at. Lock order: socket, then hub.
/// </summary>
internal sealed class SnapshotHub(Scope scope, TimeProvider timeProvider)
{
    /// <summary>Snapshots kept (DESIGN section 4): the longest interval has its start among them.</summary>
    public const int RecentMax = 61;

    private readonly Lock _lock = new();
    private readonly Dictionary<(MetricSet Metrics, int IntervalSeconds, bool OfSessions), SubscriptionGroup> _groups = [];
    private readonly Queue<Snapshot> _recent = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Snapshot? _latest;
    private MissedReading? _recentReading;
    private long _latestSince = timeProvider.GetTimestamp();

    /// <summary>Raised for each new snapshot, after its frames are handed to the sockets.</summary>
    public event Action<Snapshot>? Published;

    public Scope Scope => scope;

    /// <summary>The newest snapshot; null before the first.</summary>
    public Snapshot? Latest => _latest;

    /// <summary>Completes with the first snapshot.</summary>
    public Task First => _first.Task;

    /// <summary>How long ago the newest snapshot came; before the first, since the node began.</summary>
    public TimeSpan LatestAge => timeProvider.GetElapsedTime(Interlocked.Read(ref _latestSince));

    /// <summary>
    /// Adds a socket to those that get these metrics at each interval from the latest snapshot on, which is its first: its frame covers
    /// the interval before it.
    /// </summary>
    public (SubscriptionPhase Phase, long Tick, byte[] Frame) Join(MetricsSocket socket, MetricSet metrics, int intervalSeconds, bool ofSession)
    {
        SubscriptionPhase phase;
        Snapshot latest;
        Snapshot? since;
        lock (_lock)
        {
            latest = _latest ?? throw new InvalidOperationException("A socket joined before the first snapshot.");
            since = metrics.IsOfInterval ? Before(latest, intervalSeconds, _recent) : null;
            phase = Group_NeedsLock(metrics, intervalSeconds, ofSession).Add(socket, latest);
        }

        // Outside of the lock: those who join must not hold up a snapshot on its way to all.
        return (phase, latest.Tick, EventWriter.Snapshot(latest.Tick, Reading.Of(latest, since), metrics, ofSession));
    }

    /// <summary>Adds a socket of a session to those whose grid has that tick, of the past or not.</summary>
    public SubscriptionPhase JoinAt(MetricsSocket socket, MetricSet metrics, int intervalSeconds, long tick)
    {
        lock (_lock)
        {
            return Group_NeedsLock(metrics, intervalSeconds, ofSessions: true).AddAt(socket, tick);
        }
    }

    /// <summary>The snapshots that it still has, as of now.</summary>
    public MissedReading Recent()
    {
        lock (_lock)
        {
            return _recentReading ??= MissedReading.Of([.. _recent]);
        }
    }

    /// <summary>Of ascending snapshots the newest that is at least an interval older than the latest; where there is none, the oldest.</summary>
    public static Snapshot Before(Snapshot latest, int intervalSeconds, IReadOnlyCollection<Snapshot> recent) =>
        recent.LastOrDefault(s => s.Tick <= latest.Tick - intervalSeconds) ?? recent.First();

    /// <summary>The latest snapshot and its reading over an interval that ends there; null before the first.</summary>
    public (Snapshot Snapshot, Reading Reading)? Read(int intervalSeconds)
    {
        lock (_lock)
        {
            return _latest is { } latest ? (latest, Reading.Of(latest, Before(latest, intervalSeconds, _recent))) : null;
        }
    }

    public void Leave(MetricsSocket socket, SubscriptionPhase phase)
    {
        lock (_lock)
        {
            phase.Remove(socket);
            if (phase.Group.IsEmpty)
            {
                _groups.Remove((phase.Group.Metrics, phase.Group.IntervalSeconds, phase.Group.OfSessions));
            }
        }
    }

    /// <summary>
    /// Takes a snapshot and hands its frames to the sockets; false for an older one, or one of a generation that lost. A new generation may
    /// begin at an earlier tick, when its silo's clock is behind that of the former: better ticks twice than dashboards that stand still.
    /// </summary>
    public bool Publish(Snapshot snapshot)
    {
        var due = new List<DueSockets>();
        lock (_lock)
        {
            var former = _latest;
            if (former is not null && (snapshot.Generation, snapshot.Tick).CompareTo((former.Generation, former.Tick)) <= 0)
            {
                return false;
            }

            Remember_NeedsLock(snapshot);
            foreach (var group in _groups.Values)
            {
                // The later of two of one tick, where a generation began at an earlier one.
                var intervalAgo = group.OfSessions ? _recent.LastOrDefault(s => s.Tick == snapshot.Tick - group.IntervalSeconds) : null;
                group.CollectDue(former is null ? snapshot.Tick - 1 : Math.Min(former.Tick, snapshot.Tick - 1), snapshot, intervalAgo, due);
            }
        }

        _first.TrySetResult();
        Send(snapshot, due);
        Published?.Invoke(snapshot);
        return true;
    }

    /// <summary>Takes snapshots that were missed, so that intervals have a start; nobody is sent them.</summary>
    public void Backfill(IReadOnlyList<Snapshot> missed)
    {
        lock (_lock)
        {
            // Those fetched are of one instant: among ones known earlier, their totals might fall.
            List<Snapshot> all = [.. missed.Concat(_recent).DistinctBy(s => s.Tick).OrderBy(s => s.Tick).TakeLast(RecentMax)];
            _recent.Clear();
            all.ForEach(_recent.Enqueue);
            _recentReading = null;
        }
    }

    /// <summary>Every socket that has joined.</summary>
    public List<MetricsSocket> Sockets()
    {
        lock (_lock)
        {
            return [.. _groups.Values.SelectMany(group => group.Sockets())];
        }
    }

    private static void Send(Snapshot snapshot, List<DueSockets> due)
    {
        var readings = new Dictionary<long, Reading>();
        var frames = new Dictionary<(MetricSet, long, bool), byte[]>();
        foreach (var (phase, turn, since, sockets) in due)
        {
            // A session is sent what covers exactly its interval, and fetches it where that is not to be had here.
            var group = phase.Group;
            var isMissing = group.OfSessions && (turn != snapshot.Tick || (since is null && group.Metrics.IsOfInterval));
            var frame = isMissing ? default : Frame(group, group.Metrics.IsOfInterval ? since : null);
            foreach (var socket in sockets)
            {
                socket.Offer(phase, snapshot.Tick, frame);
            }
        }

        ReadOnlyMemory<byte> Frame(SubscriptionGroup group, Snapshot? from)
        {
            var key = (group.Metrics, from?.Tick ?? 0, group.OfSessions);
            if (frames.TryGetValue(key, out var known))
            {
                return known;
            }

            if (!readings.TryGetValue(key.Item2, out var reading))
            {
                reading = readings[key.Item2] = Reading.Of(snapshot, from);
            }

            return frames[key] = EventWriter.Snapshot(snapshot.Tick, reading, group.Metrics, group.OfSessions);
        }
    }

    private SubscriptionGroup Group_NeedsLock(MetricSet metrics, int intervalSeconds, bool ofSessions)
    {
        if (!_groups.TryGetValue((metrics, intervalSeconds, ofSessions), out var group))
        {
            group = _groups[(metrics, intervalSeconds, ofSessions)] = new SubscriptionGroup(metrics, intervalSeconds, ofSessions);
        }

        return group;
    }

    private void Remember_NeedsLock(Snapshot snapshot)
    {
        _latest = snapshot;
        _recentReading = null;
        Interlocked.Exchange(ref _latestSince, timeProvider.GetTimestamp());
        _recent.Enqueue(snapshot);
        if (_recent.Count > RecentMax)
        {
            _recent.Dequeue();
        }
    }
}
