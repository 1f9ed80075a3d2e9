using System.Diagnostics.CodeAnalysis;
using Kairos.Gateway;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Kairos.Tests.Unit;

/// <summary>A proxy's routes, clusters and destinations without the proxy.</summary>
internal sealed class FakeProxy : IProxyStateLookup
{
    // One for all tests: it listens to a host that has no server.
    private static readonly ClientConnections NoConnections = new(new Measurements());

    private readonly List<ClusterState> _clusters = [];

    public HashSet<string> Routes { get; } = [];

    /// <summary>The gauges of a node with this proxy.</summary>
    public NodeGauges Gauges(RequestMeter meter, int maxSeries = 1_000, ClientConnections? connections = null) =>
        new(meter, this, connections ?? NoConnections, new MeteringOptions { MaxSeries = maxSeries });

    public ClusterState Add(string cluster, IReadOnlyList<DestinationState> all, IReadOnlyList<DestinationState> healthy)
    {
        var state = new ClusterState(cluster) { DestinationsState = new ClusterDestinationsState(all, healthy) };
        foreach (var destination in all)
            state.Destinations[destination.DestinationId] = destination;
        _clusters.Add(state);
        return state;
    }

    public IEnumerable<ClusterState> GetClusters() => _clusters;

    public IEnumerable<RouteModel> GetRoutes() => Routes.Select(Route);

    public bool TryGetCluster(string id, [NotNullWhen(true)] out ClusterState? cluster)
    {
        cluster = _clusters.Find(known => known.ClusterId == id);
        return cluster is not null;
    }

    public bool TryGetRoute(string id, [NotNullWhen(true)] out RouteModel? route)
    {
        route = Routes.Contains(id) ? Route(id) : null;
        return route is not null;
    }

    private static RouteModel Route(string id) => new(new RouteConfig { RouteId = id }, null, HttpTransformer.Default);
}
