namespace Kairos.Client;

/// <summary>
/// How far the session was read: takes each Snapshot once, and finds what is lost between two of them. Of one connection at a time; not
/// thread-safe.
/// </summary>
internal sealed class SessionCursor(string? sessionId, long? tick)
{
    // Up to here ticks come again at most; null when those that follow may be any.
    private long? _repeatedUpTo = tick;

    // Something was lost after _tick; it is told when it is known where the Snapshots go on.
    private string? _gap;

    private bool _isOthers;

    /// <summary>What to come back with; null before the first Session event.</summary>
    public string? SessionId { get; private set; } = sessionId;

    /// <summary>Of the last Snapshot taken; null before the first.</summary>
    public long? Tick { get; private set; } = tick;

    /// <summary>The Snapshots that come are of the default subscription, or another that this client did not ask for.</summary>
    public bool SkipsSnapshots => _isOthers;

    public string Query => (SessionId, Tick) switch
    {
        (null, _) => "session=new",
        (_, null) => $"session={SessionId}",
        _ => $"session={SessionId}&last_tick={Tick}",
    };

    /// <summary>The first Session event of a connection.</summary>
    /// <param name="session">The event.</param>
    /// <param name="isOurs">Its subscription is one that this client asked for.</param>
    public void Begin(SessionEvent session, bool isOurs)
    {
        SessionId = session.SessionId;
        _isOthers = !isOurs;
        if (session.Recovered && isOurs)
        {
            _repeatedUpTo = Tick;
            _gap = null;
            return;
        }

        _repeatedUpTo = null;
        Lose(session.Reason ?? "The subscription was not kept");
    }

    /// <summary>A Session event later on.</summary>
    /// <param name="session">The event.</param>
    /// <param name="isAnswer">To a message of this client.</param>
    public void Continue(SessionEvent session, bool isAnswer)
    {
        _isOthers &= !isAnswer;
        if (session.Recovered)
        {
            return;
        }

        _repeatedUpTo = null;
        if (!isAnswer)
        {
            Lose(session.Reason!);
        }
    }

    /// <summary>False for a Snapshot that the reader has, or that is not for it.</summary>
    /// <param name="snapshot">As it came.</param>
    /// <param name="gap">What to tell first.</param>
    public bool TryTake(SnapshotEvent snapshot, out GapEvent? gap)
    {
        gap = null;
        if (_isOthers || snapshot.Tick <= _repeatedUpTo)
        {
            return false;
        }

        if (_gap is not null)
        {
            gap = new GapEvent(Tick!.Value, snapshot.Tick, _gap);
            _gap = null;
        }

        Tick = _repeatedUpTo = snapshot.Tick;
        return true;
    }

    /// <summary>Of what is lost twice before it could be told, the first reason stands.</summary>
    private void Lose(string reason)
    {
        if (Tick is not null)
        {
            _gap ??= reason;
        }
    }
}
