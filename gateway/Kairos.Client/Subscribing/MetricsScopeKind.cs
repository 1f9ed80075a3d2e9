namespace Kairos.Client;

/// <summary>The kinds of scope that there are beside the whole cluster.</summary>
public enum MetricsScopeKind
{
    /// <summary>A route, by YARP's route id, over all nodes.</summary>
    Route,

    /// <summary>A destination, over all routes and nodes.</summary>
    Destination,

    /// <summary>A gateway node.</summary>
    Node,
}
