using System.Net.WebSockets;

namespace Kairos.Gateway;

/// <summary>What the sockets of a node share.</summary>
internal sealed record SocketServices(
    SnapshotHub Hub,
    ScopeHubs Scopes,
    ScopeDirectory Directory,
    TopBoard Top,
    HistoryFrames History,
    MissedSnapshots Missed,
    ClientSessions Sessions,
    MetricsStreamOptions Options,
    GatewayInstruments Instruments,
    TimeProvider TimeProvider,
    ILogger<MetricsSocket> Logger);

/// <summary>
/// One connection of <c>/ws/metrics</c>: what it is sent, and how it ends. Thread-safe; state under <c>_lock</c>.
/// </summary>
internal sealed class MetricsSocket
{
    private readonly Lock _lock = new();
    private readonly SocketStream _stream;
    private readonly SocketServices _services;
    private readonly SocketWriter _writer;
    private readonly SocketSnapshots _snapshots;
    private SocketRankings? _rankings;
    private string? _endReason;
    private bool _ending;

    /// <param name="socket">The connection, upgraded.</param>
    /// <param name="stream">What it is made of.</param>
    /// <param name="services">Those of the node.</param>
    /// <param name="session">Null for a client that has none.</param>
    /// <param name="keepGuideFields">Frames have the guide's metrics too, whatever is subscribed.</param>
    public MetricsSocket(WebSocket socket, SocketStream stream, SocketServices services, SocketSession? session, bool keepGuideFields)
    {
        (WebSocket, _stream, _services, Session) = (socket, stream, services, session);
        _writer = new SocketWriter(socket, stream, services.Instruments, services.TimeProvider);
        if (session is null)
        {
            _snapshots = new SocketSnapshots(this, services, _writer, keepGuideFields);
        }
        else
        {
            session.Socket = this;
            _snapshots = new SessionSnapshots(this, session, services, _writer, keepGuideFields);
        }
    }

    /// <summary>Null for a client that has none.</summary>
    public SocketSession? Session { get; }

    public WebSocket WebSocket { get; }

    /// <summary>Its index in its phase; under the hub's lock.</summary>
    public int PlaceInPhase { get; set; }

    /// <summary>Which snapshots are sent; changes with each valid message.</summary>
    public SnapshotChoice Subscription => _snapshots.Choice;

    /// <summary>Why it ended; the first reason stands.</summary>
    public string EndReason => _endReason ?? "client";

    /// <summary>A message is being answered: nothing is read meanwhile, pongs neither. Set by the reader.</summary>
    public bool IsAnswering { get; set; }

    /// <summary>A close is under way: messages are not answered any more.</summary>
    public bool IsEnding => Volatile.Read(ref _ending);

    /// <summary>How far it is.</summary>
    public SessionProgress Progress()
    {
        var (sent, skipped) = _writer.Frames;
        return new SessionProgress(Subscription.ToSubscription(), _snapshots.LastTick, sent, skipped);
    }

    /// <summary>
    /// The first events: without a session a Snapshot, else a Session event and whatever the client missed. Completes when it has been told where
    /// it stands.
    /// </summary>
    /// <param name="arrival">What it wants, and from where on.</param>
    public async Task BeginAsync(Arrival arrival)
    {
        if (_snapshots is SessionSnapshots session)
        {
            await (arrival is { LastTick: { } tick, Gap: null }
                ? session.ResumeAsync(arrival.Choice, arrival.Hub, tick)
                : SentAsync(session.BeginAsync(arrival.Choice, arrival.Hub, [], arrival.Gap ?? SessionGap.NoLastTick)));
        }
        else
        {
            await AnswerAsync(arrival.Choice, arrival.Hub, []);
        }
    }

    /// <summary>
    /// Replaces the subscription, and answers: the events given, then a Snapshot. Completes when they have been handed to the transport,
    /// so that a client that does not read is not read from either.
    /// </summary>
    /// <param name="choice">Which snapshots.</param>
    /// <param name="hub">Of its scope, acquired for this socket, with a first snapshot.</param>
    /// <param name="first">What comes before the Snapshot.</param>
    public Task AnswerAsync(SnapshotChoice choice, SnapshotHub hub, IEnumerable<ReadOnlyMemory<byte>> first) =>
        SentAsync(_snapshots.BeginAsync(choice, hub, first));

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

            _rankings ??= new SocketRankings(this, _services.Top, _writer);
            if (!_rankings.Join(choice, tick))
            {
                return false;
            }

            answered = _writer.PutAnswers([frame]);
        }

        await SentAsync(answered);
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
    public Task AnswerErrorAsync(string message)
    {
        _services.Instruments.MessageRefused();
        return SentAsync(_writer.PutAnswers([EventWriter.Error(message)]));
    }

    /// <summary>A snapshot for the subscription of that phase.</summary>
    /// <param name="phase">The hub's.</param>
    /// <param name="tick">Of the newest snapshot.</param>
    /// <param name="frame">Its frame; empty where a session is to fetch what it needs.</param>
    public void Offer(SubscriptionPhase phase, long tick, ReadOnlyMemory<byte> frame)
    {
        _snapshots.Offer(phase, tick, frame);
        Pump();
    }

    /// <summary>A ranking's frame; replaces one that still waits.</summary>
    public void OfferTop(TopGroup group, ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            _rankings?.Offer(group, frame);
        }

        Pump();
    }

    /// <summary>Something that the client should know and did not ask for.</summary>
    public void OfferNotice(ReadOnlyMemory<byte> frame)
    {
        _writer.PutOther(SocketWriter.NoticeSlot, frame);
        Pump();
    }

    /// <inheritdoc cref="SocketWriter.PutHeartbeat"/>
    public void OfferHeartbeat(ReadOnlyMemory<byte> frame) => _writer.PutHeartbeat(frame);

    /// <inheritdoc cref="SocketWriter.PumpIfPatient"/>
    public void PumpIfPatient(TimeSpan patience) => _writer.PumpIfPatient(patience);

    /// <inheritdoc cref="SocketWriter.Pump"/>
    public void Pump() => _writer.Pump();

    /// <summary>Begins the close handshake; what waits to be sent is dropped.</summary>
    public void Close(WebSocketCloseStatus status, string text, string reason)
    {
        End(reason);
        _writer.PutClose(status, text);
        Pump();
    }

    /// <summary>Drops the connection without a handshake.</summary>
    public void Abort(string reason)
    {
        End(reason);
        WebSocket.Abort();
    }

    /// <summary>Pings a peer that has been silent for an interval; false when it has not been heard for the timeout since.</summary>
    public bool KeepAlive(TimeSpan interval, TimeSpan timeout)
    {
        var heardAt = _stream.HeardAt;
        if (IsAnswering || _services.TimeProvider.GetElapsedTime(heardAt) < interval || _writer.PingedAt is not { } pingedAt)
        {
            return true;
        }

        if (pingedAt > heardAt)
        {
            return _services.TimeProvider.GetElapsedTime(pingedAt) < timeout;
        }

        _writer.PutPing();
        return true;
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
            _rankings?.LeaveAll();
        }

        _snapshots.End();
    }

    private async Task SentAsync(Task answered)
    {
        Pump();
        await answered;
    }
}
