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
    private long _granted;

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

    /// <summary>Null of a session that is not known, as before its first report.</summary>
    public SessionState? State => _connection is { } connection && _progress is { } progress
        ? new SessionState(_id, connection.Epoch, connection.Id, connection.Node, _isConnected, _since, progress)
        : null;

    /// <summary>
    /// A number for a new connection, which takes the session with its first report: one whose client has given it up meanwhile must not. Refused
    /// where take-overs happen too often.
    /// </summary>
    /// <param name="elapsed">Of a clock that is never set.</param>
    public SessionGrant Connect(TimeSpan elapsed)
    {
        if (_isConnected && RetryAfter(elapsed) is > 0 and var seconds)
        {
            return new SessionGrant(0, null, seconds);
        }

        _granted = Math.Max(_granted, _connection?.Epoch ?? 0) + 1;
        return new SessionGrant(_granted, _progress?.Subscription, 0);
    }

    /// <summary>
    /// Whether the connection has the session, and who has lost it to it. One that is newer than what is known has it: also one granted by an
    /// activation that is gone, and one that began a session without asking.
    /// </summary>
    /// <param name="connection">With its epoch.</param>
    /// <param name="progress">How far it is.</param>
    /// <param name="elapsed">Of a clock that is never set.</param>
    public (bool Has, SessionConnection? Former) Report(SessionConnection connection, SessionProgress progress, TimeSpan elapsed)
    {
        var isKnown = IsKnownAs(connection);
        if (isKnown ? _isClosed : !IsNewer(connection))
        {
            return (false, null);
        }

        var former = _isConnected && !isKnown ? _connection : null;
        if (former is not null)
        {
            _takeOvers.Enqueue(elapsed);
            if (_takeOvers.Count > TakeOversMax)
            {
                _takeOvers.Dequeue();
            }
        }

        (_connection, _isConnected, _isClosed, _since) = (connection, true, false, connection.ConnectedAt);
        _progress = progress;
        return (true, former);
    }

    /// <summary>False when another connection has the session.</summary>
    /// <param name="connection">It has ended.</param>
    /// <param name="progress">How far it was.</param>
    /// <param name="now">Unix seconds.</param>
    public bool Disconnect(SessionConnection connection, SessionProgress progress, long now)
    {
        if (_isClosed || !(IsKnownAs(connection) || IsNewer(connection)))
        {
            return false;
        }

        (_connection, _progress, _isConnected, _since) = (connection, progress, false, now);
        return true;
    }

    /// <summary>Forgets the session; returns the connection that has lost it.</summary>
    public SessionConnection? Close()
    {
        var former = _isConnected ? _connection : null;
        (_progress, _isConnected, _isClosed) = (null, false, true);
        return former;
    }

    private bool IsKnownAs(SessionConnection connection) => connection.Id == _connection?.Id && connection.Epoch == _connection.Epoch;

    /// <summary>Two activations may have granted the same number, where the first was lost before it could tell.</summary>
    private bool IsNewer(SessionConnection connection) =>
        _connection is null
        || connection.Epoch > _connection.Epoch
        || (connection.Epoch == _connection.Epoch && (!_isConnected || connection.ConnectedAt > _connection.ConnectedAt));

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
