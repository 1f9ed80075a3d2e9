using Kairos.Gateway;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kairos.Benchmarks;

/// <summary>
/// Simulated nodes over several grain clients, as many on each. A node reports; one on each client follows the cluster's stream with the
/// product's feed: it subscribes, and while the stream is silent it fetches. Used by one thread.
/// </summary>
internal sealed class NodeFleet(ClusterClient first, RollupLoad load, int clients) : IAsyncDisposable
{
    private readonly List<ClusterClient> _clients = [];
    private readonly List<SnapshotFeed> _feeds = [];
    private readonly SimulatedNodes _nodes = new(load);
    private long _followed;

    /// <summary>Snapshots that all of them have got since the beginning, by the stream or by a call.</summary>
    public long Followed => Interlocked.Read(ref _followed);

    /// <summary>What the nodes' own instruments count.</summary>
    public NodeTrouble Trouble => _nodes.Trouble;

    /// <summary>Nodes that follow the stream.</summary>
    public int Followers => _feeds.Count;

    /// <summary>Starts further nodes, so many a second, until there are so many.</summary>
    public async Task GrowAsync(int nodes, int perSecond)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var (node, before) = (_nodes.Count, _nodes.Count); node < nodes; node++)
        {
            var wait = TimeSpan.FromSeconds((double)(node - before) / perSecond) - TimeProvider.System.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System);
            }

            var client = (int)((long)node * clients / load.Nodes);
            if (client == _clients.Count)
            {
                _clients.Add(await first.AnotherAsync());
                await FollowAsync(_clients[^1].Grains);
            }

            await _nodes.AddAsync(_clients[client].Grains);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_feeds.Select(feed => feed.StopAsync(CancellationToken.None)));
        await _nodes.DisposeAsync();
        _feeds.ForEach(feed => feed.Dispose());
        await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));
    }

    private Task FollowAsync(IClusterClient grains)
    {
        var hub = new SnapshotHub(Scope.Cluster, TimeProvider.System);
        hub.Published += _ => Interlocked.Increment(ref _followed);
        _feeds.Add(new SnapshotFeed(grains, hub, _nodes.Instruments, TimeProvider.System, NullLogger<SnapshotFeed>.Instance));
        return _feeds[^1].StartAsync(CancellationToken.None);
    }
}
