using System.Collections.Concurrent;

namespace Kairos.Tests.Cluster;

/// <summary>A gateway node as the session grains see it: keeps which connections it was told to end. Thread-safe.</summary>
internal sealed class SessionNode : ISessionObserver
{
    private readonly string _name;
    private readonly ISessionObserver _reference;

    public SessionNode(SiloBed silo, string name)
    {
        _name = name;
        _reference = silo.Client.CreateObjectReference<ISessionObserver>(this);
    }

    public ConcurrentQueue<(string Session, Guid Connection, SessionEnd Reason)> Ended { get; } = [];

    /// <summary>A new connection of this node, of the first epoch until it is granted another.</summary>
    public SessionConnection Connection() => new(Guid.NewGuid(), 1, _name, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), _reference);

    /// <summary>A new connection, which takes the session with its first report.</summary>
    public async Task<(SessionConnection Connection, SessionGrant Grant)> ConnectAsync(IClientSessionGrain session)
    {
        var connection = Connection();
        var grant = await session.ConnectAsync();
        return (connection with { Epoch = grant.Epoch }, grant);
    }

    public Task EndAsync(string session, Guid connection, SessionEnd reason)
    {
        Ended.Enqueue((session, connection, reason));
        return Task.CompletedTask;
    }
}
