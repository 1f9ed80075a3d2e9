namespace Kairos.Gateway;

/// <summary>
/// The snapshots that one socket is sent, and its place among the sockets of their hub. Without a session: one that reads slowly skips some.
/// Whoever calls pumps the writer afterwards. Thread-safe; state under <see cref="Gate"/>. Lock order: this, then hub, or writer.
/// </summary>
internal class SocketSnapshots(MetricsSocket socket, SocketServices services, SocketWriter writer, bool keepGuideFields)
{
    private bool _ended;
    private long _lastTick;

    /// <summary>Which snapshots; changes with each valid message.</summary>
    public SnapshotChoice Choice { get; private protected set; } = SnapshotChoice.Default;

    /// <summary>Of the last snapshot put into the writer; 0 before the first.</summary>
    public long LastTick
    {
        get => Interlocked.Read(ref _lastTick);
        private protected set => Interlocked.Exchange(ref _lastTick, value);
    }

    private protected Lock Gate { get; } = new();

    private protected SnapshotHub? Hub { get; private set; }

    private protected SubscriptionPhase? Phase { get; private set; }

    private protected MetricsSocket Socket => socket;

    private protected SocketServices Services => services;

    private protected SocketWriter Writer => writer;

    /// <summary>The metrics that frames have.</summary>
    private protected MetricSet Metrics => keepGuideFields ? MetricTable.Guide | Choice.Metrics : Choice.Metrics;

    /// <summary>Replaces the subscription, and answers: the events given, then a Snapshot. Completes when they have been handed to the transport.</summary>
    /// <param name="choice">Which snapshots.</param>
    /// <param name="hub">Of its scope, acquired for this socket, with a first snapshot.</param>
    /// <param name="first">What comes before the Snapshot.</param>
    public virtual Task BeginAsync(SnapshotChoice choice, SnapshotHub hub, IEnumerable<ReadOnlyMemory<byte>> first)
    {
        lock (Gate)
        {
            if (!Enter_NeedsLock(choice, hub))
            {
                return Task.CompletedTask;
            }

            var frame = Join_NeedsLock(ofSession: false);
            return writer.PutAnswers(first.Append(frame));
        }
    }

    /// <summary>A snapshot's frame for the subscription of that phase; replaces one that still waits.</summary>
    public virtual void Offer(SubscriptionPhase phase, long tick, ReadOnlyMemory<byte> frame)
    {
        lock (Gate)
        {
            if (ReferenceEquals(phase, Phase))
            {
                writer.PutSnapshot(frame);
                LastTick = tick;
            }
        }
    }

    /// <summary>Nothing is offered any more.</summary>
    public void End()
    {
        lock (Gate)
        {
            _ended = true;
            Leave_NeedsLock();
            writer.PutSnapshot(default);
        }
    }

    /// <summary>Leaves the former hub for another; false, and the other is given back, when the socket has ended.</summary>
    private protected bool Enter_NeedsLock(SnapshotChoice choice, SnapshotHub hub)
    {
        if (_ended)
        {
            services.Scopes.Release(hub);
            return false;
        }

        Leave_NeedsLock();
        (Choice, Hub) = (choice, hub);
        return true;
    }

    /// <summary>Joins those who get the next snapshots, and returns the frame of the newest one.</summary>
    private protected byte[] Join_NeedsLock(bool ofSession)
    {
        (Phase, LastTick, var frame) = Hub!.Join(socket, Metrics, Choice.IntervalSeconds, ofSession);
        return frame;
    }

    /// <summary>Joins those who got a tick of the past, however long ago.</summary>
    private protected void JoinAt_NeedsLock(long lastTick)
    {
        Phase = Hub!.JoinAt(socket, Metrics, Choice.IntervalSeconds, lastTick);
        LastTick = lastTick;
    }

    private protected virtual void Leave_NeedsLock()
    {
        if (Phase is { } phase)
        {
            Hub!.Leave(socket, phase);
            services.Scopes.Release(Hub);
            (Phase, Hub) = (null, null);
        }

        writer.PutSnapshot(default);
    }
}
