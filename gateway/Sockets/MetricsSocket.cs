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
/// One connection of <c>/ws/metrics</c>: its subscription, and its place among the sockets of the hub. Thread-safe; state under
/// <c>_lock</c>.
/// </summary>
internal sealed class MetricsSocket(WebSocket socket, SocketServices services, bool keepGuideFields)
{
    private readonly Lock _lock = new();
    private readonly SocketWriter _writer = new(socket, services.Instruments, services.TimeProvider);
    private SubscriptionPhase? _phase;
    private string? _endReason;
    private bool _ending;

    /// <summary>The session grain's key.</summary>
    public Guid Session { get; } = Guid.NewGuid();

    /// <summary>Unix seconds.</summary>
    public long ConnectedAt { get; } = services.TimeProvider.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>What is sent; changes with each valid message.</summary>
    public SubscriptionRequest Subscription { get; private set; } = SubscriptionRequest.Default;

    /// <summary>Its index in its phase; under the hub's lock.</summary>
    public int PlaceInPhase { get; set; }

    /// <summary>The session grain awaits an update; of <see cref="ClientSessions"/>.</summary>
    public int SessionUpdatePending;

    public WebSocket WebSocket => socket;

    /// <summary>Why it ended; the first reason stands.</summary>
    public string EndReason => _endReason ?? "client";

    /// <summary>A close is under way: messages are not answered any more.</summary>
    public bool IsEnding => Volatile.Read(ref _ending);

    /// <summary>
    /// Replaces the subscription, and answers: the events given, then a Snapshot. Completes when they have been handed to the transport,
    /// so that a client that does not read is not read from either.
    /// </summary>
    public async Task AnswerAsync(SubscriptionRequest subscription, IEnumerable<ReadOnlyMemory<byte>> first)
    {
        Task answered;
        lock (_lock)
        {
            if (_ending)
            {
                return;
            }

            Subscription = subscription;
            Leave_NeedsLock();
            var metrics = keepGuideFields ? MetricTable.Guide | subscription.Metrics : subscription.Metrics;
            (_phase, var latest) = services.Hub.Join(this, metrics, subscription.IntervalSeconds);
            answered = _writer.PutAnswers(first.Append(EventWriter.Snapshot(latest, metrics)));
        }

        _writer.Pump();
        await answered;
    }

    /// <summary>Answers with an Error event; completes as <see cref="AnswerAsync"/> does.</summary>
    public async Task AnswerErrorAsync(string message)
    {
        services.Instruments.MessageRefused();
        var answered = _writer.PutAnswers([EventWriter.Error(message)]);
        _writer.Pump();
        await answered;
    }

    /// <summary>A snapshot's frame for the subscription of that phase; replaces one that still waits.</summary>
    public void Offer(SubscriptionPhase phase, ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(phase, _phase))
            {
                return;
            }

            _writer.PutSnapshot(frame);
        }

        _writer.Pump();
    }

    public void OfferHeartbeat(ReadOnlyMemory<byte> frame)
    {
        _writer.PutHeartbeat(frame);
        _writer.Pump();
    }

    /// <summary>Begins the close handshake; what waits to be sent is dropped.</summary>
    public void Close(WebSocketCloseStatus status, string text, string reason)
    {
        End(reason);
        _writer.PutClose(status, text);
        _writer.Pump();
    }

    /// <summary>Drops the connection without a handshake.</summary>
    public void Abort(string reason)
    {
        End(reason);
        socket.Abort();
    }

    /// <inheritdoc cref="SocketWriter.Waiting"/>
    public (TimeSpan Sending, TimeSpan Closing) Waiting() => _writer.Waiting();

    /// <summary>The connection has ended: leaves the hub, and lets a close frame go out.</summary>
    public Task EndAsync(TimeSpan wait)
    {
        End("client");
        return _writer.EndAsync(wait);
    }

    /// <summary>Nothing is offered or answered any more.</summary>
    public void End(string reason)
    {
        lock (_lock)
        {
            _endReason ??= reason;
            _ending = true;
            Leave_NeedsLock();
        }
    }

    private void Leave_NeedsLock()
    {
        if (_phase is { } phase)
        {
            services.Hub.Leave(this, phase);
            _phase = null;
        }

        _writer.PutSnapshot(default);
    }
}
