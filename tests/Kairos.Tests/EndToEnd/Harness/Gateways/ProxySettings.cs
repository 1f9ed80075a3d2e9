namespace Kairos.Tests.EndToEnd;

/// <summary>The content of an appsettings.json: YARP's section, as an operator would write it.</summary>
internal static class ProxySettings
{
    /// <summary>Refused at once: nobody may listen on port 1 but root, and nobody does.</summary>
    public const string DeadAddress = "http://127.0.0.1:1/";

    /// <summary><c>/d/…</c> to the destination, <c>/dead/…</c> to nobody, and the given further routes.</summary>
    public static object To(Uri destination, params ProxyRoute[] furtherRoutes)
    {
        ProxyRoute[] all = [new("d", "/d/{**rest}", "d"), new("dead", "/dead/{**rest}", "dead"), .. furtherRoutes];
        var clusters = new { d = Cluster(destination.ToString()), dead = Cluster(DeadAddress) };
        return new { ReverseProxy = new { Routes = all.ToDictionary(route => route.Id, Route), Clusters = clusters } };
    }

    /// <summary>Everything to a destination that must get on within so long.</summary>
    public static object ToWithin(TimeSpan activityTimeout, Uri destination)
    {
        var cluster = new
        {
            HttpRequest = new { ActivityTimeout = activityTimeout },
            Destinations = new { d1 = new { Address = destination.ToString() } },
        };
        var route = new { ClusterId = "d", Match = new { Path = "/{**rest}" } };
        return new { ReverseProxy = new { Routes = new { d = route }, Clusters = new { d = cluster } } };
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

    private static object Route(ProxyRoute route) => new
    {
        route.ClusterId,
        Match = new { route.Path },
        Transforms = new[] { new { PathRemovePrefix = $"/{route.Id}" } },
    };

    private static object Cluster(string address) => new { Destinations = new { d1 = new { Address = address } } };
}
