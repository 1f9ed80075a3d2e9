namespace Kairos;

/// <summary>
/// The session of a client of <c>/ws/metrics</c>, on whichever node it is connected: decides which connection has it, and holds its subscription.
/// The key is the session's id. A socket without a session has none: nobody could come back to it, or ask for it.
/// </summary>
[GrainInterfaceType("kairos.client-session"), Alias("Kairos.IClientSessionGrain")]
public interface IClientSessionGrain : IGrainWithStringKey
{
    /// <summary>
    /// What the cluster knows of the session, and a number for a new connection. It has the session with its first report; until then whoever has it
    /// keeps it: a client may have given the attempt up.
    /// </summary>
    [Alias("Connect")]
    Task<SessionGrant> ConnectAsync();

    /// <summary>
    /// Tells how a connection stands: when it has begun, after each change and with each heartbeat. Of two the one with the higher epoch has the
    /// session; whoever had it before is ended with <see cref="SessionEnd.TakenOver"/>, if it can be reached. False when another one has it: this
    /// one must end. A session that is not known begins with it.
    /// </summary>
    [Alias("Report")]
    Task<bool> ReportAsync(SessionConnection connection, SessionProgress progress);

    /// <summary>A connection that has reported ended; the session is kept for a while. Nothing when another connection has the session.</summary>
    [Alias("Disconnect")]
    Task DisconnectAsync(SessionConnection connection, SessionProgress progress);

    /// <summary>The session's state; null when it is not known.</summary>
    [Alias("Get")]
    Task<SessionState?> GetAsync();

    /// <summary>Forgets the session, and ends its connection with <see cref="SessionEnd.Closed"/>; false when it is not known.</summary>
    [Alias("Delete")]
    Task<bool> DeleteAsync();
}

/// <summary>Of a gateway node: ends connections whose session is gone. One a node.</summary>
[Alias("Kairos.ISessionObserver")]
public interface ISessionObserver : IGrainObserver
{
    /// <summary>Nothing when the node has no such connection.</summary>
    /// <param name="session">The session's id.</param>
    /// <param name="connection">Its <see cref="SessionConnection.Id"/>.</param>
    /// <param name="reason">Why.</param>
    [Alias("End"), Orleans.Concurrency.OneWay]
    Task EndAsync(string session, Guid connection, SessionEnd reason);
}

/// <summary>Why a connection loses its session.</summary>
public enum SessionEnd
{
    /// <summary>A newer connection has it (close code 4001).</summary>
    TakenOver = 0,

    /// <summary>An operator closed it (close code 4002).</summary>
    Closed = 1,
}
