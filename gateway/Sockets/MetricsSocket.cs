using System.Net.WebSockets;

namespace Kairos.Gateway;

/// <summary>What the sockets of a node share.</summary>
internal sealed record SocketServices(
    SnapshotHub Hub,
    HistoryFrames History,
    ClientSessions Sessions,
    MetricsStreamOptions Options,
    GatewayInstruments Instruments,
    TimeProvider TimeProvider,
    ILogger<MetricsSocket> Logger);

/// <summary>
/// One connection of <c>/ws/metrics</c>, the sending side. At most one snapshot waits, the newest; sending runs only while there is
/// something to send, so that an idle socket costs its pending receive alone. Thread-safe; state under <c>_lock</c>.
/// </summary>
internal sealed class MetricsSocket(WebSocket socket, SocketServices services, bool keepGuideFields)
{
    private readonly Lock _lock = new();
    private readonly Queue<ReadOnlyMemory<byte>> _answers = new();
    private SubscriptionPhase? _phase;
    private ReadOnlyMemory<byte> _snapshot;
    private ReadOnlyMemory<byte> _heartbeat;
    private (WebSocketCloseStatus Status, string Text)? _close;
    private bool _sending;
    private bool _closeSent;
    private long _sendingSince;
    private long _closingSince;
    private TaskCompletionSource? _answered;
    private Task? _closing;

    /// <summary>The session grain's key.</summary>
    public Guid Session { get; } = Guid.NewGuid();

    public long ConnectedAt { get; } = services.TimeProvider.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>What is sent; changes with each valid message.</summary>
    public SubscriptionRequest Subscription { get; private set; } = SubscriptionRequest.Default;

    /// <summary>Why it ended, for the counter; the first reason stands.</summary>
    public string? EndReason { get; private set; }

    /// <summary>Its index in its phase; under the hub's lock.</summary>
    public int PlaceInPhase { get; set; }

    /// <summary>The session grain awaits an update; of <see cref="ClientSessions"/>.</summary>
    public int SessionUpdatePending;

    public WebSocket WebSocket => socket;

    public bool IsClosing
    {
        get
        {
            lock (_lock)
            {
                return _close is not null;
            }
        }
    }

    /// <summary>
    /// Replaces the subscription, and answers: the events given, then a Snapshot. Completes when they have been handed to the transport,
    /// so that a client that does not read is not read from either.
    /// </summary>
    public Task AnswerAsync(SubscriptionRequest subscription, IReadOnlyList<ReadOnlyMemory<byte>> first) => AnswerCore(() =>
    {
        Subscription = subscription;
        Leave_NeedsLock();
        var metrics = keepGuideFields ? MetricTable.Guide | subscription.Metrics : subscription.Metrics;
        (_phase, var latest) = services.Hub.Join(this, metrics, subscription.IntervalSeconds);
        foreach (var answer in first)
        {
            _answers.Enqueue(answer);
        }

        _answers.Enqueue(EventWriter.Snapshot(latest, metrics));
    });

    /// <summary>Answers with an Error event; completes as <see cref="AnswerAsync"/> does.</summary>
    public Task AnswerErrorAsync(string message)
    {
        services.Instruments.MessageRefused();
        return AnswerCore(() => _answers.Enqueue(EventWriter.Error(message)));
    }

    /// <summary>A snapshot's frame for the subscription of that phase; replaces one that still waits.</summary>
    public void Offer(SubscriptionPhase phase, ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            if (_close is not null || !ReferenceEquals(phase, _phase))
            {
                return;
            }

            if (_snapshot.Length > 0)
            {
                services.Instruments.FrameSkipped();
            }

            _snapshot = frame;
            if (!MustStart_NeedsLock())
            {
                return;
            }
        }

        _ = SendAllAsync();
    }

    public void OfferHeartbeat(ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            _heartbeat = frame;
            if (_close is not null || !MustStart_NeedsLock())
            {
                return;
            }
        }

        _ = SendAllAsync();
    }

    /// <summary>Sends a close frame after what is being sent now; everything else that waits is dropped.</summary>
    public void Close(WebSocketCloseStatus status, string text, string reason)
    {
        lock (_lock)
        {
            if (_close is not null)
            {
                return;
            }

            EndReason ??= reason;
            _close = (status, text);
            _closingSince = services.TimeProvider.GetTimestamp();
            _answers.Clear();
            Leave_NeedsLock();
            if (!MustStart_NeedsLock())
            {
                return;
            }
        }

        _ = SendAllAsync();
    }

    /// <summary>Drops the connection without a handshake.</summary>
    public void Abort(string reason)
    {
        lock (_lock)
        {
            EndReason ??= reason;
            Leave_NeedsLock();
        }

        socket.Abort();
    }

    /// <summary>For how long the transport has not taken the frame being sent, and the peer has not answered a close.</summary>
    public (TimeSpan Sending, TimeSpan Closing) Waiting()
    {
        lock (_lock)
        {
            var time = services.TimeProvider;
            return (
                _sending ? time.GetElapsedTime(_sendingSince) : TimeSpan.Zero,
                _close is null ? TimeSpan.Zero : time.GetElapsedTime(_closingSince));
        }
    }

    /// <summary>Waits until a close frame under way has been handed to the transport; nothing is sent after it.</summary>
    public async Task EndAsync()
    {
        Task? closing;
        lock (_lock)
        {
            Leave_NeedsLock();
            closing = _closing;
        }

        if (closing is not null)
        {
            await closing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task AnswerCore(Action enqueue_NeedsLock)
    {
        Task answered;
        lock (_lock)
        {
            if (_close is not null)
            {
                return Task.CompletedTask;
            }

            enqueue_NeedsLock();
            _answered ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            answered = _answered.Task;
            if (!MustStart_NeedsLock())
            {
                return answered;
            }
        }

        _ = SendAllAsync();
        return answered;
    }

    private void Leave_NeedsLock()
    {
        if (_phase is { } phase)
        {
            services.Hub.Leave(this, phase);
            _phase = null;
        }

        _snapshot = default;
    }

    private bool MustStart_NeedsLock()
    {
        var start = !_sending;
        _sending = true;
        return start;
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (Next() is { } sending)
            {
                await sending;
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The peer is gone, or the close handshake won: the receiving side ends the connection.
            Abort("vanished");
            Answered();
        }
    }

    /// <summary>Starts to send what is next; null, and the end of sending, when there is nothing.</summary>
    private Task? Next()
    {
        ReadOnlyMemory<byte> frame;
        var closing = false;
        lock (_lock)
        {
            _sendingSince = services.TimeProvider.GetTimestamp();
            frame = Take_NeedsLock();
            if (_close is not null && !_closeSent)
            {
                closing = _closeSent = true;
            }
            else if (frame.IsEmpty)
            {
                _sending = false;
            }
        }

        if (closing)
        {
            Answered();
            return _closing = socket.CloseOutputAsync(_close!.Value.Status, _close.Value.Text, CancellationToken.None);
        }

        if (frame.IsEmpty)
        {
            Answered();
            return null;
        }

        return socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).AsTask();
    }

    /// <summary>Answers go before a snapshot, a snapshot before a heartbeat; nothing after a close.</summary>
    private ReadOnlyMemory<byte> Take_NeedsLock()
    {
        if (_close is not null)
        {
            return default;
        }

        if (_answers.TryDequeue(out var frame))
        {
            return frame;
        }

        if (!_snapshot.IsEmpty)
        {
            (frame, _snapshot) = (_snapshot, default);
            return frame;
        }

        (frame, _heartbeat) = (_heartbeat, default);
        return frame;
    }

    private void Answered() => Interlocked.Exchange(ref _answered, null)?.TrySetResult();
}
