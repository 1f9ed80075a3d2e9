namespace Kairos;

/// <summary>One socket's claim to a session.</summary>
/// <param name="Id">Different for every socket.</param>
/// <param name="Epoch">As granted; 1 for a session that this socket began. Of two connections the one with the higher epoch has the session.</param>
/// <param name="Node">The gateway node that it is connected to.</param>
/// <param name="ConnectedAt">Unix seconds.</param>
/// <param name="Observer">Of that node; null for a socket without a session.</param>
[GenerateSerializer, Immutable, Alias("Kairos.SessionConnection")]
public sealed record SessionConnection(
    [property: Id(0)] Guid Id,
    [property: Id(1)] long Epoch,
    [property: Id(2)] string Node,
    [property: Id(3)] long ConnectedAt,
    [property: Id(4)] ISessionObserver? Observer);

/// <summary>The answer to a client that wants a session.</summary>
/// <param name="Epoch">The connection's from now on.</param>
/// <param name="Subscription">As the session had it; null for a session that is not known.</param>
/// <param name="RetryAfterSeconds">More than 0: refused, since connections take the session from each other too often.</param>
[GenerateSerializer, Immutable, Alias("Kairos.SessionGrant")]
public sealed record SessionGrant(
    [property: Id(0)] long Epoch,
    [property: Id(1)] Subscription? Subscription,
    [property: Id(2)] int RetryAfterSeconds);

/// <summary>How far a connection is.</summary>
/// <param name="Subscription">What it is sent.</param>
/// <param name="LastTick">Unix seconds of the last snapshot sent; 0 before the first.</param>
/// <param name="FramesSent">Frames handed to the transport.</param>
/// <param name="FramesSkipped">Frames replaced by a newer one before they were.</param>
[GenerateSerializer, Immutable, Alias("Kairos.SessionProgress")]
public sealed record SessionProgress(
    [property: Id(0)] Subscription Subscription,
    [property: Id(1)] long LastTick,
    [property: Id(2)] long FramesSent,
    [property: Id(3)] long FramesSkipped);

/// <summary>All that is known of a session; what is kept of it in storage.</summary>
/// <param name="Id">The session's id.</param>
/// <param name="Epoch">Of the connection that has it, or had it last.</param>
/// <param name="Connection">That connection.</param>
/// <param name="Node">Its node.</param>
/// <param name="IsConnected">It has a connection, as far as is known: one whose node died looks connected until it has not reported for long.</param>
/// <param name="Since">Unix seconds: connected, or without a connection, since then.</param>
/// <param name="Progress">As last reported.</param>
[GenerateSerializer, Immutable, Alias("Kairos.KeptSession")]
public sealed record SessionState(
    [property: Id(0)] string Id,
    [property: Id(1)] long Epoch,
    [property: Id(2)] Guid Connection,
    [property: Id(3)] string Node,
    [property: Id(4)] bool IsConnected,
    [property: Id(5)] long Since,
    [property: Id(6)] SessionProgress Progress);

/// <summary>What a client wants: metrics, interval and scope.</summary>
/// <param name="Metrics">Canonical metric names in the order of the wire; empty for the guide's six.</param>
/// <param name="IntervalSeconds">1 to 60.</param>
[GenerateSerializer, Immutable, Alias("Kairos.Subscription")]
public sealed record Subscription(
    [property: Id(0)] IReadOnlyList<string> Metrics,
    [property: Id(1)] int IntervalSeconds)
{
    /// <summary>Of what.</summary>
    [Id(2)]
    public Scope Scope { get; init; } = Scope.Cluster;
}
