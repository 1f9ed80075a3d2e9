namespace Kairos.Grains;

/// <summary>
/// Which connection has a session, and what is known of the session: the rules, without calls and clock. Runs on the grain scheduler.
/// </summary>
internal sealed class SessionClaim
{
    /// <summary>Take-overs of a live connection in <see cref="TakeOverWindow"/>: clients that take a session from each other for ever would keep all nodes busy.</summary>
    public const int TakeOversMax = 10;

    public static readonly TimeSpan TakeOverWindow = TimeSpan.FromMinutes(1);

    private readonly string _id;
    private readonly Queue<TimeSpan> _takeOvers = new();

    // Has the session, or had it last: also after the session was closed, so that nothing of it comes back with a late report.
    private SessionConnection? _connection;
    private SessionProgress? _progress;
    private bool _isConnected;
    private bool _isClosed;
    private long _since;

    /// <param name="id">The session's id.</param>
    /// <param name="kept">As it was before this activation, which cannot reach the connection then; null when not known.</param>
    public SessionClaim(string id, SessionState? kept)
    {
        _id = id;
        if (kept is not null)
        {
            _connection = new SessionConnection(kept.Connection, kept.Epoch, kept.Node, kept.Since, null);
            (_progress, _isConnected, _since) = (kept.Progress, kept.IsConnected, kept.Since);
        }
    }

    /// <summary>Null before the first report of a new session, and of a session that is not known.</summary>
    public SessionState? State => _connection is { } connection && _progress is { } progress
        ? new SessionState(_id, connection.Epoch, connection.Id, connection.Node, _isConnected, _since, progress)
        : null;

    /// <summary>There is something to close.</summary>
    public bool IsKnown => _isConnected || State is not null;

    /// <summary>A new connection takes the session, unless that happens too often.</summary>
    /// <param name="connection">The new one.</param>
    /// <param name="elapsed">Of a clock that is never set.</param>
    /// <returns>The grant, and the connection that has lost the session.</returns>
    public (SessionGrant Grant, SessionConnection? Former) Connect(SessionConnection connection, TimeSpan elapsed)
    {
        var former = _isConnected ? _connection : null;
        if (former is not null && RetryAfter(elapsed) is > 0 and var seconds)
        {
            return (new SessionGrant(0, null, seconds), null);
        }

        if (former is not null)
        {
            _takeOvers.Enqueue(elapsed);
        }

        Take(connection with { Epoch = (_connection?.Epoch ?? 0) + 1 });
        return (new SessionGrant(_connection!.Epoch, _progress?.Subscription, 0), former);
    }

    /// <summary>
    /// False when another connection has the session. One that is newer than what is known has it: it was granted by an activation that could
    /// not tell the directory any more, or this is a session that began without asking.
    /// </summary>
    public bool Report(SessionConnection connection, SessionProgress progress)
    {
        var isKnown = connection.Id == _connection?.Id && connection.Epoch == _connection.Epoch;
        if (isKnown ? _isClosed : connection.Epoch <= (_connection?.Epoch ?? 0))
        {
            return false;
        }

        Take(connection);
        _progress = progress;
        return true;
    }

    /// <summary>False when another connection has the session.</summary>
    /// <param name="connection">It has ended.</param>
    /// <param name="progress">How far it was.</param>
    /// <param name="now">Unix seconds.</param>
    public bool Disconnect(SessionConnection connection, SessionProgress progress, long now)
    {
        if (!Report(connection, progress))
        {
            return false;
        }

        (_isConnected, _since) = (false, now);
        return true;
    }

    /// <summary>Forgets the session; returns the connection that has lost it.</summary>
    public SessionConnection? Close()
    {
        var former = _isConnected ? _connection : null;
        (_progress, _isConnected, _isClosed) = (null, false, true);
        return former;
    }

    private void Take(SessionConnection connection) =>
        (_connection, _isConnected, _isClosed, _since) = (connection, true, false, connection.ConnectedAt);

    /// <summary>Seconds until the next take-over may be; 0 for now.</summary>
    private int RetryAfter(TimeSpan elapsed)
    {
        while (_takeOvers.TryPeek(out var oldest) && elapsed - oldest >= TakeOverWindow)
        {
            _takeOvers.Dequeue();
        }

        return _takeOvers.Count < TakeOversMax ? 0 : (int)Math.Ceiling((_takeOvers.Peek() + TakeOverWindow - elapsed).TotalSeconds);
    }
}
