using System.Diagnostics.CodeAnalysis;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Kairos.Benchmarks;

/// <summary>What a simulated node's gauges read: a proxy without routes and destinations.</summary>
internal sealed class NoProxy : IProxyStateLookup
{
    public IEnumerable<RouteModel> GetRoutes() => [];

    public IEnumerable<ClusterState> GetClusters() => [];

    public bool TryGetRoute(string id, [NotNullWhen(true)] out RouteModel? route)
    {
        route = null;
        return false;
    }

    public bool TryGetCluster(string id, [NotNullWhen(true)] out ClusterState? cluster)
    {
        cluster = null;
        return false;
    }
}
