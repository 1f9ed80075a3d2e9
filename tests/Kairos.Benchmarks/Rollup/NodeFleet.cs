using Kairos.Gateway;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kairos.Benchmarks;

/// <summary>
/// Simulated nodes over several grain clients, as many on each. A node reports, and follows the cluster's stream with the product's feed: it
/// subscribes, and while the stream is silent it fetches. Used by one thread.
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

    /// <summary>Starts further nodes, all at once, until there are so many.</summary>
    public async Task GrowAsync(int nodes)
    {
        var starting = new List<Task>();
        for (var node = _feeds.Count; node < nodes; node++)
        {
            var client = (int)((long)node * clients / load.Nodes);
            if (client == _clients.Count)
            {
                _clients.Add(await first.AnotherAsync());
            }

            var grains = _clients[client].Grains;
            starting.Add(_nodes.AddAsync(grains));
            var hub = new SnapshotHub(Scope.Cluster, TimeProvider.System);
            hub.Published += _ => Interlocked.Increment(ref _followed);
            _feeds.Add(new SnapshotFeed(grains, hub, _nodes.Instruments, TimeProvider.System, NullLogger<SnapshotFeed>.Instance));
            starting.Add(_feeds[^1].StartAsync(CancellationToken.None));
        }

        await Task.WhenAll(starting);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_feeds.Select(feed => feed.StopAsync(CancellationToken.None)));
        await _nodes.DisposeAsync();
        _feeds.ForEach(feed => feed.Dispose());
        await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));
    }
}
