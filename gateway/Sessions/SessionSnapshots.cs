namespace Kairos.Gateway;

/// <summary>
/// The snapshots of a session: every tick of its grid once, in order. Whatever it misses (while away, while it reads slowly, where the node
/// lost seconds of the stream) is sent before anything newer; until that is done, live ones are passed over.
/// </summary>
internal sealed class SessionSnapshots(MetricsSocket socket, SocketSession session, SocketServices services, SocketWriter writer, bool keepGuideFields)
    : SocketSnapshots(socket, services, writer, keepGuideFields)
{
    /// <summary>Between two attempts while what was missed cannot be had.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);

    /// <summary>What was missed is given up when it could not be had while so many snapshots came.</summary>
    private const int GiveUpSeconds = 15;

    private readonly (string Id, bool Resumed) _session = (session.Id, session.IsResumed);

    // The fill that is under way; 0 for none. A former one that still waits for something ends.
    private long _fill;
    private long _fills;
    private bool _greeted;

    // What was sent tells what was counted until then, which a snapshot of an earlier tick might not.
    private long _asOf;

    /// <summary>
    /// A new grid from the newest snapshot on, told by a Session event. The same subscription again goes on with the grid that it has; then
    /// there is no Snapshot to answer with.
    /// </summary>
    public override Task BeginAsync(SnapshotChoice choice, SnapshotHub hub, IEnumerable<ReadOnlyMemory<byte>> first) =>
        BeginAsync(choice, hub, first, SessionGap.Subscribed);

    /// <inheritdoc cref="BeginAsync(SnapshotChoice, SnapshotHub, IEnumerable{ReadOnlyMemory{byte}})"/>
    /// <param name="choice">Which snapshots.</param>
    /// <param name="hub">Of its scope, acquired for this socket, with a first snapshot.</param>
    /// <param name="first">What comes between the two events.</param>
    /// <param name="gap">Why nothing is continued.</param>
    public Task BeginAsync(SnapshotChoice choice, SnapshotHub hub, IEnumerable<ReadOnlyMemory<byte>> first, string gap)
    {
        lock (Gate)
        {
            if (Phase is not null && choice == Choice)
            {
                Services.Scopes.Release(hub);
                return Writer.PutAnswers(first.Prepend(EventWriter.Session(_session, choice, gap: null)));
            }

            return Enter_NeedsLock(choice, hub) ? Begin_NeedsLock(first, gap) : Task.CompletedTask;
        }
    }

    /// <summary>Goes on after a tick of the past; completes when the client has been told whether that is possible.</summary>
    public async Task ResumeAsync(SnapshotChoice choice, SnapshotHub hub, long lastTick)
    {
        Task greeted;
        lock (Gate)
        {
            if (!Enter_NeedsLock(choice, hub))
            {
                return;
            }

            JoinAt_NeedsLock(lastTick);
            greeted = IsBehind_NeedsLock() ? Fill_NeedsLock() : Greet_NeedsLock();
        }

        Socket.Pump();
        await greeted;
    }

    public override void Offer(SubscriptionPhase phase, long tick, ReadOnlyMemory<byte> frame)
    {
        lock (Gate)
        {
            if (!ReferenceEquals(phase, Phase) || _fill != 0 || tick <= LastTick)
            {
                return;
            }

            if (!frame.IsEmpty && tick == LastTick + Choice.IntervalSeconds && tick >= _asOf && Writer.TryPutSnapshot(frame))
            {
                LastTick = tick;
            }
            else
            {
                _ = Fill_NeedsLock();
            }
        }
    }

    private protected override void Leave_NeedsLock()
    {
        // What waits belongs to the sequence that the client was promised.
        Writer.QueueSnapshot();
        base.Leave_NeedsLock();
        (_fill, _asOf) = (0, 0);
    }

    private Task Begin_NeedsLock(IEnumerable<ReadOnlyMemory<byte>> first, string gap)
    {
        var frame = Join_NeedsLock(ofSession: true);
        _greeted = true;
        return Writer.PutAnswers(first.Prepend(EventWriter.Session(_session, Choice, (LastTick, gap))).Append(frame));
    }

    private Task Greet_NeedsLock()
    {
        _greeted = true;
        return Writer.PutAnswers([EventWriter.Session(_session, Choice, gap: null)]);
    }

    private bool IsBehind_NeedsLock() => Hub!.Latest!.Tick >= LastTick + Choice.IntervalSeconds;

    /// <summary>Begins to send what was missed; the task ends when the client has had the first of it, or what stands in its place.</summary>
    private Task Fill_NeedsLock()
    {
        _fill = ++_fills;
        Services.Instruments.CatchUpBegan();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = FillAsync(_fill, told);
        return told.Task;
    }

    private async Task FillAsync(long fill, TaskCompletionSource told)
    {
        // Off the lock that the caller holds.
        await Task.Yield();
        try
        {
            var stuckAt = 0L;
            while (await ReadAsync(fill, isStuck: stuckAt != 0) is { } wanted && Put(fill, wanted, ref stuckAt) is { } sent)
            {
                Socket.Pump();
                await sent;
                if (Volatile.Read(ref _greeted))
                {
                    told.TrySetResult();
                }
            }
        }
        catch (Exception e)
        {
            // A fault of this program: the client comes back, and is sent what it missed then.
            Services.Logger.CatchUpFailed(e);
            Socket.Close(System.Net.WebSockets.WebSocketCloseStatus.InternalServerError, "What was missed could not be sent; connect again", "fault");
        }

        told.TrySetResult();
    }

    /// <summary>Whether what comes next can be had, and where from; null when the socket wants something else by now.</summary>
    private async Task<(MissedReading? Reading, MetricSet Metrics, long HubTick)?> ReadAsync(long fill, bool isStuck)
    {
        Task<MissedReading> reading;
        MetricSet metrics;
        long hubTick;
        lock (Gate)
        {
            if (fill != _fill)
            {
                return null;
            }

            (metrics, hubTick) = (Metrics, Hub!.Latest!.Tick);
            reading = Services.Missed.ReadAsync(Hub!, metrics, Choice.IntervalSeconds, LastTick, _asOf, isStuck);
        }

        try
        {
            return (await reading, metrics, hubTick);
        }
        catch (Exception)
        {
            // Said once, by those who read it for all.
            return (null, metrics, hubTick);
        }
    }

    /// <summary>Puts the next frames; null when there are none left, or the socket wants something else by now.</summary>
    private Task? Put(long fill, (MissedReading? Reading, MetricSet Metrics, long HubTick) wanted, ref long stuckAt)
    {
        lock (Gate)
        {
            if (fill != _fill)
            {
                return null;
            }

            var batch = wanted.Reading is { } reading
                ? MissedBatch.Next(reading, wanted.Metrics, Choice.IntervalSeconds, LastTick, Services.Options.MaxMissedSnapshots)
                : [];
            if (batch.Count > 0)
            {
                stuckAt = 0;
                _asOf = Math.Max(_asOf, wanted.Reading!.AsOfTick);
                return Put_NeedsLock(batch);
            }

            if (!IsBehind_NeedsLock())
            {
                _fill = 0;
                return _greeted ? null : Greet_NeedsLock();
            }

            if (wanted.HubTick < Hub!.Latest!.Tick)
            {
                // That was what there was a moment ago.
                return Task.CompletedTask;
            }

            stuckAt = stuckAt == 0 ? wanted.HubTick : stuckAt;
            if (wanted.HubTick - stuckAt < GiveUpSeconds)
            {
                return Task.Delay(Retry, Services.TimeProvider);
            }

            return GiveUp_NeedsLock(wanted.Reading is null ? SessionGap.NoAnswer : SessionGap.NoSeconds);
        }
    }

    private Task Put_NeedsLock(List<(long Tick, byte[] Frame, string? Gap)> batch)
    {
        var frames = new List<ReadOnlyMemory<byte>>(batch.Count + 1);
        foreach (var (tick, frame, gap) in batch)
        {
            if (!_greeted || gap is not null)
            {
                frames.Add(EventWriter.Session(_session, Choice, gap is null ? null : (tick, gap)));
                _greeted = true;
            }

            frames.Add(frame);
        }

        LastTick = batch[^1].Tick;
        Writer.QueueSnapshot();
        Services.Instruments.MissedSent(batch.Count);
        return Writer.PutAnswers(frames);
    }

    /// <summary>Goes on live.</summary>
    private Task GiveUp_NeedsLock(string gap)
    {
        Hub!.Leave(Socket, Phase!);
        Writer.QueueSnapshot();
        _fill = 0;
        return Begin_NeedsLock([], gap);
    }
}
