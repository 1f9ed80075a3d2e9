namespace Kairos;

/// <summary>
/// Every session of the cluster, in storage: bounded in number and time. One grain a cluster: its key is <see cref="Key"/>. Session grains tell
/// it what they know and take it back from here when they are activated; what it was told is in storage a second later at most.
/// </summary>
[GrainInterfaceType("kairos.session-directory"), Alias("Kairos.ISessionDirectoryGrain")]
public interface ISessionDirectoryGrain : IGrainWithStringKey
{
    /// <summary>The key of the one grain.</summary>
    const string Key = "sessions";

    /// <summary>Starts it where it does not run yet: sessions expire also while nobody asks.</summary>
    [Alias("KeepAlive")]
    Task KeepAliveAsync();

    /// <summary>A session as it was last told; null when it is not known.</summary>
    [Alias("Find")]
    Task<SessionState?> FindAsync(string id);

    /// <summary>Keeps a session as it is now. False when there is no room: as many are kept as may be, and all are connected.</summary>
    [Alias("Keep")]
    Task<bool> KeepAsync(SessionState session);

    /// <summary>Forgets a session.</summary>
    [Alias("Forget")]
    Task ForgetAsync(string id);

    /// <summary>Sessions in the order of their ids (ordinal), from the one after <paramref name="after"/> on.</summary>
    /// <param name="after">Exclusive; empty for the first.</param>
    /// <param name="max">At most so many.</param>
    [Alias("List")]
    Task<SessionPage> ListAsync(string after, int max);
}

/// <summary>A part of the list of sessions.</summary>
/// <param name="Total">How many there are in all.</param>
/// <param name="Sessions">In the order of their ids.</param>
[GenerateSerializer, Immutable, Alias("Kairos.SessionPage")]
public sealed record SessionPage([property: Id(0)] int Total, [property: Id(1)] IReadOnlyList<SessionState> Sessions);
