using System.Net.WebSockets;

namespace Kairos.Gateway;

/// <summary>
/// The sending side of one connection. Runs only while there is something to send, so that an idle socket has no task. Thread-safe; state under
/// <c>_lock</c>. Frames are put in first, then <see cref="Pump"/> is called outside the caller's locks.
/// </summary>
internal sealed class SocketWriter(WebSocket socket, SocketStream stream, GatewayInstruments instruments, TimeProvider timeProvider)
{
    /// <summary>Slots of <see cref="PutOther"/>: a notice, and a ranking of each kind.</summary>
    public const int OtherSlots = 4;

    /// <summary>The slot that no ranking has: the cluster is not ranked.</summary>
    public const int NoticeSlot = (int)ScopeKind.Cluster;

    private readonly Lock _lock = new();
    private WaitingFrames _waiting;
    private (WebSocketCloseStatus Status, string Text)? _close;
    private TaskCompletionSource? _answered;
    private Task? _closing;
    private Task _pumping = Task.CompletedTask;
    private bool _sending;
    private bool _pingDue;

    // Timestamps of the clock; 0 for never.
    private long _patientSince;
    private long _pingedAt;
    private long _sendingSince;
    private long _closingSince;
    private long _sent;
    private long _skipped;

    /// <summary>Frames handed to the transport, and those replaced by a newer one before they were.</summary>
    public (long Sent, long Skipped) Frames => (Interlocked.Read(ref _sent), Interlocked.Read(ref _skipped));

    /// <summary>When the last ping was handed to the transport, a timestamp of the clock; null while one waits to be.</summary>
    public long? PingedAt => Volatile.Read(ref _pingDue) ? null : Volatile.Read(ref _pingedAt);

    /// <summary>Replaces the snapshot that waits; an empty frame drops it.</summary>
    public void PutSnapshot(ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            Count_NeedsLock(skipped: _waiting.PutSnapshot(frame));
        }
    }

    /// <summary>False, and nothing is changed, when one waits already.</summary>
    public bool TryPutSnapshot(ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            return !_waiting.HasSnapshot && !_waiting.PutSnapshot(frame);
        }
    }

    /// <inheritdoc cref="WaitingFrames.QueueSnapshot"/>
    public void QueueSnapshot()
    {
        lock (_lock)
        {
            _waiting.QueueSnapshot();
        }
    }

    /// <summary>Replaces what waits in a slot of its own: a ranking by its kind, or a notice.</summary>
    public void PutOther(int slot, ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            Count_NeedsLock(skipped: _waiting.PutOther(slot, frame));
        }
    }

    /// <summary>A heartbeat goes out with the next frame, or when <see cref="PumpIfPatient"/> finds that it has waited long enough.</summary>
    public void PutHeartbeat(ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            _waiting.PutHeartbeat(frame);
            Patient_NeedsLock();
        }
    }

    /// <summary>A ping, as <see cref="PutHeartbeat"/>.</summary>
    public void PutPing()
    {
        lock (_lock)
        {
            _pingDue = true;
            Patient_NeedsLock();
        }
    }

    /// <summary>Sends a heartbeat or a ping that no frame has taken along for so long: in a segment of its own each costs as much as a frame does.</summary>
    public void PumpIfPatient(TimeSpan patience)
    {
        var since = Volatile.Read(ref _patientSince);
        if (since != 0 && timeProvider.GetElapsedTime(since) >= patience)
        {
            Pump();
        }
    }

    /// <summary>Completes when everything that waits has been handed to the transport.</summary>
    public Task PutAnswers(IEnumerable<ReadOnlyMemory<byte>> frames)
    {
        lock (_lock)
        {
            _waiting.AddAnswers(frames);
            _answered ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _answered.Task;
        }
    }

    /// <summary>A close frame goes out after the frame being sent now; nothing else does any more. The first close stands.</summary>
    public void PutClose(WebSocketCloseStatus status, string text)
    {
        lock (_lock)
        {
            if (_close is null)
            {
                _close = (status, text);
                _closingSince = timeProvider.GetTimestamp();
            }
        }
    }

    /// <summary>Sends what waits, unless that is under way already.</summary>
    public void Pump()
    {
        lock (_lock)
        {
            if (_sending)
            {
                return;
            }

            // Noted together: else a sweep between here and the first frame would count from the last time that anything was sent.
            _sendingSince = timeProvider.GetTimestamp();
            _sending = true;
        }

        _pumping = SendAllAsync();
    }

    /// <summary>For how long the transport has not taken the frame being sent, and the peer has not answered a close.</summary>
    public (TimeSpan Sending, TimeSpan Closing) Waiting()
    {
        if (!Volatile.Read(ref _sending) && Volatile.Read(ref _closingSince) == 0)
        {
            // Almost always, and asked of every socket each second.
            return default;
        }

        lock (_lock)
        {
            return (
                _sending ? timeProvider.GetElapsedTime(_sendingSince) : TimeSpan.Zero,
                _close is null ? TimeSpan.Zero : timeProvider.GetElapsedTime(_closingSince));
        }
    }

    /// <summary>Waits, so long at most, until what is under way, a close frame above all, has been handed to the transport.</summary>
    public async Task EndAsync(TimeSpan wait)
    {
        var began = timeProvider.GetTimestamp();
        while (IsSending() && timeProvider.GetElapsedTime(began) < wait)
        {
            await Volatile.Read(ref _pumping).WaitAsync(wait, timeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // Whoever began to send may not have noted the task yet.
            await Task.Yield();
        }
    }

    private bool IsSending()
    {
        lock (_lock)
        {
            return _sending;
        }
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (SendNext() is { } sending)
            {
                await sending;
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The peer is gone, or its close came first. The reader notices too, and ends the connection with the reason.
            socket.Abort();
            lock (_lock)
            {
                _sending = false;
            }

            Answered();
        }
    }

    /// <summary>Starts to send what is next: a close before all frames, a ping after them. Null, and the end, when nothing waits.</summary>
    private Task? SendNext()
    {
        ReadOnlyMemory<byte> frame;
        bool isPing;
        lock (_lock)
        {
            _sendingSince = timeProvider.GetTimestamp();
            if (_close is { } close && _closing is null)
            {
                return _closing = socket.CloseOutputAsync(close.Status, close.Text, CancellationToken.None);
            }

            frame = _close is null ? _waiting.Take() : default;
            isPing = frame.IsEmpty && _close is null && TakePing_NeedsLock();
            _sending = isPing || !frame.IsEmpty;
            _patientSince = _sending ? _patientSince : 0;
        }

        if (!frame.IsEmpty)
        {
            Interlocked.Increment(ref _sent);
            return socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).AsTask();
        }

        if (isPing)
        {
            return stream.PingAsync().AsTask();
        }

        Answered();
        return null;
    }

    private bool TakePing_NeedsLock()
    {
        if (!_pingDue)
        {
            return false;
        }

        // In this order: the sweep reads them beside the lock.
        Volatile.Write(ref _pingedAt, _sendingSince);
        Volatile.Write(ref _pingDue, false);
        return true;
    }

    private void Patient_NeedsLock() => _patientSince = _patientSince == 0 ? timeProvider.GetTimestamp() : _patientSince;

    private void Count_NeedsLock(bool skipped)
    {
        if (skipped)
        {
            Interlocked.Increment(ref _skipped);
            instruments.FrameSkipped();
        }
    }

    private void Answered() => Interlocked.Exchange(ref _answered, null)?.TrySetResult();
}
