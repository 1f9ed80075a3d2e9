using System.Diagnostics.CodeAnalysis;

namespace Kairos.Gateway;

/// <summary>
/// The hubs of this node: the cluster's always, another scope's while a socket wants it and a moment longer. Each has one feed, however many
/// sockets it serves. Thread-safe.
/// </summary>
internal sealed class ScopeHubs(
    SnapshotHub cluster,
    IClusterClient client,
    ScopeDirectory directory,
    MetricsStreamOptions options,
    GatewayInstruments instruments,
    TimeProvider timeProvider,
    ILogger<SnapshotFeed> logger) : BackgroundService
{
    /// <summary>A hub that nobody wants any more stays for so long: clients that reload a page find it.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    /// <summary>A node that is started anew is back within so long; a route that is gone from the configuration is gone.</summary>
    private static readonly TimeSpan NodeAbsence = TimeSpan.FromSeconds(10);

    /// <summary>The first snapshot of a scope that this node did not follow yet comes by a call.</summary>
    private static readonly TimeSpan FirstSnapshotTimeout = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<Scope, Entry> _hubs = [];

    /// <summary>The hub of a scope, to be given back by <see cref="Release"/>; null when this node follows as many as it may.</summary>
    public SnapshotHub? Acquire(Scope scope)
    {
        if (scope == Scope.Cluster)
        {
            return cluster;
        }

        lock (_lock)
        {
            if (!_hubs.TryGetValue(scope, out var entry))
            {
                if (_hubs.Count >= options.MaxScopes)
                {
                    instruments.ScopeRefused();
                    return null;
                }

                entry = _hubs[scope] = Open(scope);
            }

            entry.Users++;
            return entry.Hub;
        }
    }

    /// <summary>As <see cref="Acquire"/>, once the hub has a first snapshot.</summary>
    /// <exception cref="TimeoutException">It did not come, and the hub is given back.</exception>
    public async Task<SnapshotHub?> FollowAsync(Scope scope)
    {
        if (Acquire(scope) is not { } hub)
        {
            return null;
        }

        try
        {
            await hub.First.WaitAsync(FirstSnapshotTimeout, timeProvider);
            return hub;
        }
        catch
        {
            Release(hub);
            throw;
        }
    }

    /// <summary>The hub of a scope that this node follows anyway; null for another one.</summary>
    public SnapshotHub? Find(Scope scope)
    {
        lock (_lock)
        {
            return scope == Scope.Cluster ? cluster : _hubs.GetValueOrDefault(scope)?.Hub;
        }
    }

    public void Release(SnapshotHub hub)
    {
        if (hub.Scope == Scope.Cluster)
        {
            return;
        }

        lock (_lock)
        {
            var entry = _hubs[hub.Scope];
            entry.Users--;
            entry.UnusedSince = timeProvider.GetTimestamp();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        List<Entry> left;
        lock (_lock)
        {
            left = [.. _hubs.Values];
            _hubs.Clear();
        }

        await Task.WhenAll(left.Select(CloseAsync));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SweepPeriod, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var entry in TakeUnused())
            {
                await CloseAsync(entry);
            }

            foreach (var entry in Entries())
            {
                NoticeWhetherThere(entry);
            }
        }
    }

    /// <summary>Says once to those who follow it that a scope has disappeared; and again when it came back and disappears once more.</summary>
    private void NoticeWhetherThere(Entry entry)
    {
        var scope = entry.Hub.Scope;
        var isNode = scope.Kind == ScopeKind.Node;
        if (isNode ? entry.Hub.Latest?.Gauges.Gateways > 0 : directory.IsConfigured(scope))
        {
            entry.LastThere = timeProvider.GetTimestamp();
        }
        else if (entry.LastThere is { } at && timeProvider.GetElapsedTime(at) >= (isNode ? NodeAbsence : TimeSpan.Zero))
        {
            entry.LastThere = null;
            var why = isNode
                ? "the node reports no more; its totals stand still, and snapshots go on"
                : $"the configuration of this node has no such {scope.KindName} any more; snapshots go on, with what other nodes may still count";
            var notice = EventWriter.Error($"Scope {ScopeDirectory.Shown(scope)} has disappeared: {why}");
            entry.Hub.Sockets().ForEach(socket => socket.OfferNotice(notice));
        }
    }

    private List<Entry> Entries()
    {
        lock (_lock)
        {
            return [.. _hubs.Values];
        }
    }

    private List<Entry> TakeUnused()
    {
        lock (_lock)
        {
            List<Entry> unused = [.. _hubs.Values.Where(entry => entry.Users == 0 && timeProvider.GetElapsedTime(entry.UnusedSince) >= Linger)];
            unused.ForEach(entry => _hubs.Remove(entry.Hub.Scope));
            return unused;
        }
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "CloseAsync disposes of the feed.")]
    private Entry Open(Scope scope)
    {
        var hub = new SnapshotHub(scope, timeProvider);
        var feed = new SnapshotFeed(client, hub, instruments, timeProvider, logger);
        return new Entry(hub, feed, feed.StartAsync(CancellationToken.None));
    }

    private static async Task CloseAsync(Entry entry)
    {
        await entry.Started;
        await entry.Feed.StopAsync(CancellationToken.None);
        entry.Feed.Dispose();
    }

    private sealed record Entry(SnapshotHub Hub, SnapshotFeed Feed, Task Started)
    {
        public int Users { get; set; }

        public long UnusedSince { get; set; }

        /// <summary>When the scope was last seen to be there; null before, and once it has been said to be gone.</summary>
        public long? LastThere { get; set; }
    }
}
