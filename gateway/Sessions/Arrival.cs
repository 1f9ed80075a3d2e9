using Kairos.Silo;

namespace Kairos.Gateway;

/// <summary>What a socket is sent first.</summary>
/// <param name="Choice">Which snapshots; the default for a client that has not been here before.</param>
/// <param name="Hub">Of their scope, acquired for the socket, with a first snapshot.</param>
/// <param name="LastTick">The last tick that the client has; null for none.</param>
/// <param name="Gap">Why nothing can be continued; null when that is not known yet, or without a session.</param>
internal sealed record Arrival(SnapshotChoice Choice, SnapshotHub Hub, long? LastTick, string? Gap)
{
    /// <summary>Of a client without a session.</summary>
    public static Arrival Anonymous(SocketServices services) => new(SnapshotChoice.Default, services.Hub, null, null);

    /// <summary>Looks the session up, where it may be known, and restores its subscription.</summary>
    /// <returns>The arrival; else how many seconds to wait (0: not the session's fault, try another node) and why.</returns>
    public static async Task<(Arrival? Arrival, int RetryAfterSeconds, string? Refusal)> OfSessionAsync(
        SessionParameters parameters, SocketSession session, SocketServices services)
    {
        if (parameters.IsNew)
        {
            return (new Arrival(SnapshotChoice.Default, services.Hub, null, SessionGap.New), 0, null);
        }

        try
        {
            var grant = await services.Sessions.ConnectAsync(session);
            if (grant.RetryAfterSeconds > 0)
            {
                return (null, grant.RetryAfterSeconds, "Other connections take this session over too often: another client has the same id.");
            }

            if (grant.Subscription is not { } kept)
            {
                return (new Arrival(SnapshotChoice.Default, services.Hub, null, parameters.LastTick is null ? SessionGap.New : SessionGap.Unknown), 0, null);
            }

            var choice = SnapshotChoice.Of(kept);
            return await FollowAsync(choice.Scope, services) is { } hub
                ? (new Arrival(choice, hub, parameters.LastTick, parameters.LastTick is null ? SessionGap.NoLastTick : null), 0, null)
                : (null, 0, $"This node cannot follow the scope {ScopeDirectory.Shown(choice.Scope)} of the session now: try again, or another node.");
        }
        catch (Exception e) when (e.IsNoAnswer())
        {
            services.Logger.SessionUnknown(e.Reason());
            return (null, 0, "The session cannot be looked up now, the silos do not answer: try again, or another node.");
        }
    }

    private static async Task<SnapshotHub?> FollowAsync(Scope scope, SocketServices services)
    {
        try
        {
            return await services.Scopes.FollowAsync(scope);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
