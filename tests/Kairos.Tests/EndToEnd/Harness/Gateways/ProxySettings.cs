namespace Kairos.Tests.EndToEnd;

/// <summary>The content of an appsettings.json: YARP's section, as an operator would write it.</summary>
internal static class ProxySettings
{
    // Refused at once: nobody may listen on port 1 but root, and nobody does.
    private const string DeadAddress = "http://127.0.0.1:1/";

    /// <summary><c>/d/…</c> to the destination, <c>/dead/…</c> to nobody, and the given further prefixes.</summary>
    public static object To(Uri destination, params (string Prefix, string ClusterId)[] furtherRoutes)
    {
        var routes = new Dictionary<string, object>
        {
            ["d"] = Route("d", "d"),
            ["dead"] = Route("dead", "dead"),
        };
        foreach (var (prefix, clusterId) in furtherRoutes)
            routes[prefix] = Route(prefix, clusterId);
        var clusters = new { d = Cluster(destination.ToString()), dead = Cluster(DeadAddress) };
        return new { ReverseProxy = new { Routes = routes, Clusters = clusters } };
    }

    /// <summary>Everything to a destination that speaks HTTP/2 in clear text alone.</summary>
    public static object ToHttp2(Uri destination)
    {
        var cluster = new
        {
            HttpRequest = new { Version = "2", VersionPolicy = "RequestVersionExact" },
            Destinations = new { d1 = new { Address = destination.ToString() } },
        };
        var route = new { ClusterId = "grpc", Match = new { Path = "/{**rest}" } };
        return new { ReverseProxy = new { Routes = new { grpc = route }, Clusters = new { grpc = cluster } } };
    }

    private static object Route(string prefix, string clusterId) => new
    {
        ClusterId = clusterId,
        Match = new { Path = $"/{prefix}/{{**rest}}" },
        Transforms = new[] { new { PathRemovePrefix = $"/{prefix}" } },
    };

    private static object Cluster(string address) => new { Destinations = new { d1 = new { Address = address } } };
}
