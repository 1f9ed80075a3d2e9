using System.Diagnostics.CodeAnalysis;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Kairos.Tests.Unit;

/// <summary>A proxy configuration of routes without destinations.</summary>
internal sealed class FakeProxy : IProxyStateLookup
{
    public HashSet<string> Routes { get; } = [];

    public IProxyStateLookup Lookup() => this;

    public bool TryGetRoute(string id, [NotNullWhen(true)] out RouteModel? route)
    {
        route = Routes.Contains(id) ? Route(id) : null;
        return route is not null;
    }

    public IEnumerable<RouteModel> GetRoutes() => Routes.Select(Route);

    public bool TryGetCluster(string id, [NotNullWhen(true)] out ClusterState? cluster)
    {
        cluster = null;
        return false;
    }

    public IEnumerable<ClusterState> GetClusters() => [];

    private static RouteModel Route(string id) => new(new RouteConfig { RouteId = id }, null, Yarp.ReverseProxy.Forwarder.HttpTransformer.Default);
}
