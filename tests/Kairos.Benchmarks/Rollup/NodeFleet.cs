namespace Kairos.Benchmarks;

/// <summary>Simulated nodes over several grain clients, as many on each; each node follows the cluster's stream. Used by one thread.</summary>
internal sealed class NodeFleet : IAsyncDisposable
{
    private readonly List<ClusterClient> _clients = [];
    private readonly List<SnapshotArrivals> _followers = [];
    private readonly SimulatedNodes _nodes;

    private NodeFleet(RollupLoad load)
    {
        _nodes = new SimulatedNodes(load);
    }

    public static async Task<NodeFleet> StartAsync(GatewayCluster cluster, RollupLoad load, int clients)
    {
        var fleet = new NodeFleet(load);
        for (var i = 0; i < clients; i++)
        {
            fleet._clients.Add(await ClusterClient.StartAsync(cluster));
        }

        return fleet;
    }

    /// <summary>Starts further nodes, until there are so many.</summary>
    public async Task GrowAsync(int nodes)
    {
        for (var node = _followers.Count; node < nodes; node++)
        {
            var grains = _clients[node % _clients.Count].Grains;
            await _nodes.AddAsync(grains);
            var follower = new SnapshotArrivals(grains, keeps: false);
            _followers.Add(follower);
            await follower.SubscribeAsync();
        }
    }

    /// <summary>Snapshots that all of them have got since the beginning.</summary>
    public long Followed => _followers.Sum(follower => follower.Count);

    public async ValueTask DisposeAsync()
    {
        await _nodes.DisposeAsync();
        foreach (var follower in _followers)
        {
            await follower.DisposeAsync();
        }

        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }
    }
}
