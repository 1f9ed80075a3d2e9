namespace Kairos.Gateway;

/// <summary>
/// The sockets that want the same metrics at the same interval, in phases by the tick at which each was answered. All members under the
/// hub's lock.
/// </summary>
internal sealed class SubscriptionGroup(MetricSet metrics, int intervalSeconds)
{
    private readonly SubscriptionPhase?[] _phases = new SubscriptionPhase?[intervalSeconds];

    public MetricSet Metrics => metrics;

    public int IntervalSeconds => intervalSeconds;

    public bool IsEmpty => Array.TrueForAll(_phases, phase => phase is null || phase.Count == 0);

    public SubscriptionPhase Add(MetricsSocket socket, long tick)
    {
        var phase = _phases[tick % intervalSeconds] ??= new SubscriptionPhase(this);
        phase.Add(socket);
        return phase;
    }

    /// <summary>The sockets whose turn came after one tick and up to another: seconds without a snapshot delay a turn, none is lost.</summary>
    public void CollectDue(long afterTick, long upToTick, List<(SubscriptionPhase Phase, MetricsSocket[] Sockets)> due)
    {
        for (var tick = Math.Max(afterTick + 1, upToTick - intervalSeconds + 1); tick <= upToTick; tick++)
        {
            if (_phases[tick % intervalSeconds] is { Count: > 0 } phase)
            {
                due.Add((phase, phase.Sockets()));
            }
        }
    }
}

/// <summary>The sockets of a group whose turn is the same. All members under the hub's lock.</summary>
internal sealed class SubscriptionPhase(SubscriptionGroup group)
{
    private readonly List<MetricsSocket> _members = [];

    // Handed out to be read beside the lock; made anew after a change.
    private MetricsSocket[]? _sockets;

    public SubscriptionGroup Group => group;

    public int Count => _members.Count;

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
