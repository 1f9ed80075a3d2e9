using System.Net.WebSockets;

namespace Kairos.Gateway;

/// <summary>What the sockets of a node share.</summary>
internal sealed record SocketServices(
    SnapshotHub Hub,
    ScopeHubs Scopes,
    ScopeDirectory Directory,
    TopBoard Top,
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
    private SnapshotHub? _hub;
    private SubscriptionPhase? _phase;
    private SocketRankings? _rankings;
    private string? _endReason;
    private bool _ending;

    /// <summary>The session grain's key.</summary>
    public Guid Session { get; } = Guid.NewGuid();

    /// <summary>Unix seconds.</summary>
    public long ConnectedAt { get; } = services.TimeProvider.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Which snapshots are sent; changes with each valid message.</summary>
    public SnapshotChoice Subscription { get; private set; } = SnapshotChoice.Default;

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
    /// <param name="choice">Which snapshots.</param>
    /// <param name="hub">Of its scope, acquired for this socket, with a first snapshot.</param>
    /// <param name="first">What comes before the Snapshot.</param>
    public async Task AnswerAsync(SnapshotChoice choice, SnapshotHub hub, IEnumerable<ReadOnlyMemory<byte>> first)
    {
        Task answered;
        lock (_lock)
        {
            if (_ending)
            {
                services.Scopes.Release(hub);
                return;
            }

            Subscription = choice;
            Leave_NeedsLock();
            var metrics = keepGuideFields ? MetricTable.Guide | choice.Metrics : choice.Metrics;
            _hub = hub;
            (_phase, var frame) = hub.Join(this, metrics, choice.IntervalSeconds);
            answered = _writer.PutAnswers(first.Append(frame));
        }

        _writer.Pump();
        await answered;
    }

    /// <summary>Replaces the ranking of its kind, and answers with it; false when this node has no room for it.</summary>
    public async Task<bool> AnswerTopAsync(TopChoice choice, long tick, ReadOnlyMemory<byte> frame)
    {
        Task answered;
        lock (_lock)
        {
            if (_ending)
            {
                return true;
            }

            _rankings ??= new SocketRankings(this, services.Top, _writer);
            if (!_rankings.Join(choice, tick))
            {
                return false;
            }

            answered = _writer.PutAnswers([frame]);
        }

        _writer.Pump();
        await answered;
        return true;
    }

    /// <summary>Ends the ranking of a kind.</summary>
    public void EndTop(ScopeKind of)
    {
        lock (_lock)
        {
            _rankings?.Leave(of);
        }
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

    /// <summary>A ranking's frame; replaces one that still waits.</summary>
    public void OfferTop(TopGroup group, ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            _rankings?.Offer(group, frame);
        }

        _writer.Pump();
    }

    /// <summary>Something that the client should know and did not ask for.</summary>
    public void OfferNotice(ReadOnlyMemory<byte> frame)
    {
        _writer.PutOther(SocketWriter.NoticeSlot, frame);
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
            _rankings?.LeaveAll();
        }
    }

    private void Leave_NeedsLock()
    {
        if (_phase is { } phase)
        {
            _hub!.Leave(this, phase);
            services.Scopes.Release(_hub);
            (_phase, _hub) = (null, null);
        }

        _writer.PutSnapshot(default);
    }
}
