namespace Kairos;

/// <summary>
/// One client of <c>/ws/metrics</c>, on whichever node it is connected: holds its subscription. The key is the session's id.
/// </summary>
[GrainInterfaceType("kairos.client-session"), Alias("Kairos.IClientSessionGrain")]
public interface IClientSessionGrain : IGrainWithGuidKey
{
    /// <summary>
    /// Replaces the session's state; repeated with the heartbeat, so that a session outlives the silo that held it.
    /// </summary>
    [Alias("Update")]
    Task UpdateAsync(SessionState state);

    /// <summary>The session's state; null when it is not connected.</summary>
    [Alias("Get")]
    Task<SessionState?> GetAsync();

    /// <summary>The connection ended: the session is forgotten.</summary>
    [Alias("Close")]
    Task CloseAsync();
}

/// <summary>What a session grain knows of its client.</summary>
/// <param name="Node">The gateway node that it is connected to.</param>
/// <param name="ConnectedAt">Unix seconds.</param>
/// <param name="Subscription">What it is sent.</param>
[GenerateSerializer, Immutable, Alias("Kairos.SessionState")]
public sealed record SessionState(
    [property: Id(0)] string Node,
    [property: Id(1)] long ConnectedAt,
    [property: Id(2)] Subscription Subscription);

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
