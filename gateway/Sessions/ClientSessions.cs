using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Threading.Channels;

namespace Kairos.Gateway;

/// <summary>
/// The sessions of this node's sockets. Tells each one's grain how it stands: after each change, with each heartbeat, and when it leaves;
/// beside the sockets, a few calls at a time, and of a socket at most one update waits, which carries the newest state. And ends sockets whose
/// session another connection has.
/// </summary>
internal sealed class ClientSessions(
    IClusterClient client,
    GatewaySettings settings,
    GatewayInstruments instruments,
    TimeProvider timeProvider,
    ILogger<ClientSessions> logger) : BackgroundService, ISessionObserver
{
    private const int CallsAtATime = 16;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Sessions that are looked up at a time: thousands at once would wait for each other at the silos, and be looked up in vain once their time is
    /// up. For how long one waits for its turn, and for the answer, before the client is told to try again.
    /// </summary>
    private const int ConnectsAtATime = 128;
    private static readonly TimeSpan ConnectTurn = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    /// <summary>A connection takes its session over when it has stood for so long.</summary>
    private static readonly TimeSpan StandsFor = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<Guid, SocketSession> _sessions = new();

    // Bounded by the number of sockets: each is in it at most once to be updated and once to be closed.
    private readonly Channel<(SocketSession Session, bool Left)> _waiting = Channel.CreateBounded<(SocketSession, bool)>(
        (2 * settings.MetricsStream.MaxConnections) + 1);

    private readonly SemaphoreSlim _connects = new(ConnectsAtATime);
    private readonly Lock _lock = new();
    private ISessionObserver? _reference;
    private bool _failing;

    /// <summary>What the cluster knows of the session of a socket that is about to be upgraded.</summary>
    /// <exception cref="TimeoutException">The silos do not answer, or <see cref="OrleansException"/>.</exception>
    public async Task<SessionGrant> ConnectAsync(SocketSession session)
    {
        await WaitForTurnAsync();
        try
        {
            var grant = await client.GetGrain<IClientSessionGrain>(session.Id).ConnectAsync().WaitAsync(ConnectTimeout, timeProvider);
            (session.Epoch, session.IsResumed) = (grant.Epoch, grant.Subscription is not null);
            return grant;
        }
        finally
        {
            _connects.Release();
        }
    }

    /// <summary>
    /// A socket has begun. One that may take its session from another does so when it has stood for a moment: a node that was frozen finds requests
    /// that their clients have given up long ago, and must not take the session from where these are now.
    /// </summary>
    /// <param name="session">The socket's.</param>
    /// <param name="gone">Cancelled when the peer has closed the connection.</param>
    public void Began(SocketSession session, CancellationToken gone)
    {
        _sessions[session.Connection] = session;
        if (session.IsResumed)
        {
            _ = ConfirmAsync(session, gone);
        }
        else
        {
            Changed(session);
        }
    }

    /// <summary>A socket's subscription has changed, or a heartbeat is due.</summary>
    public void Changed(SocketSession session)
    {
        if (Interlocked.Exchange(ref session.UpdatePending, 1) == 0)
        {
            Enqueue(session, left: false);
        }
    }

    public void Left(SocketSession session)
    {
        _sessions.TryRemove(session.Connection, out _);
        Enqueue(session, left: true);
    }

    /// <inheritdoc/>
    public Task EndAsync(string session, Guid connection, SessionEnd reason)
    {
        if (_sessions.TryGetValue(connection, out var known) && known.Id == session)
        {
            End(known, reason);
        }

        return Task.CompletedTask;
    }

    public override void Dispose()
    {
        _connects.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Parallel.ForEachAsync(
            _waiting.Reader.ReadAllAsync(stoppingToken),
            new ParallelOptions { MaxDegreeOfParallelism = CallsAtATime, CancellationToken = stoppingToken },
            async (waiting, _) => await TellAsync(waiting.Session, waiting.Left));

    private async Task WaitForTurnAsync()
    {
        using var limit = new CancellationTokenSource(ConnectTurn, timeProvider);
        try
        {
            await _connects.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No turn to look a session up came within {ConnectTurn.TotalSeconds:0.#} s.");
        }
    }

    private static void End(SocketSession session, SessionEnd reason)
    {
        if (reason == SessionEnd.Closed)
        {
            session.Socket!.Close((WebSocketCloseStatus)4002, "This session was closed by an operator", "session_closed");
        }
        else
        {
            session.Socket!.Close((WebSocketCloseStatus)4001, "Another connection has taken this session over", "taken_over");
        }
    }

    private async Task ConfirmAsync(SocketSession session, CancellationToken gone)
    {
        await Task.Delay(StandsFor, timeProvider, gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!session.Socket!.IsEnding && !gone.IsCancellationRequested)
        {
            Changed(session);
        }
    }

    private void Enqueue(SocketSession session, bool left)
    {
        if (!_waiting.Writer.TryWrite((session, left)))
        {
            instruments.SessionUpdateFailed();
        }
    }

    /// <summary>One call of a session after the other: a report that came after the goodbye would bring the connection back.</summary>
    private Task TellAsync(SocketSession session, bool left)
    {
        lock (session)
        {
            return session.Told = TellAfterAsync(session.Told, session, left);
        }
    }

    private async Task TellAfterAsync(Task former, SocketSession session, bool left)
    {
        await former;
        Volatile.Write(ref session.UpdatePending, 0);
        if (left ? !session.HasReported : session.Socket!.IsEnding)
        {
            // Nobody knows it, or the goodbye tells the rest.
            return;
        }

        try
        {
            var grain = client.GetGrain<IClientSessionGrain>(session.Id);
            var (connection, progress) = (ConnectionOf(session), session.Socket!.Progress());
            session.HasReported = true;
            if (left)
            {
                await grain.DisconnectAsync(connection, progress).WaitAsync(CallTimeout, timeProvider);
            }
            else if (!await grain.ReportAsync(connection, progress).WaitAsync(CallTimeout, timeProvider))
            {
                End(session, SessionEnd.TakenOver);
            }

            _failing = false;
        }
        catch (Exception e)
        {
            instruments.SessionUpdateFailed();
            if (!_failing)
            {
                logger.SessionUpdateFailed(e);
            }

            _failing = true;
        }
    }

    private SessionConnection ConnectionOf(SocketSession session) =>
        new(session.Connection, session.Epoch, settings.Node.Id, session.ConnectedAt, Reference());

    /// <summary>This object as grains can call it; made when it is first needed, since a client that has not been started has none.</summary>
    private ISessionObserver Reference()
    {
        lock (_lock)
        {
            return _reference ??= client.CreateObjectReference<ISessionObserver>(this);
        }
    }
}
