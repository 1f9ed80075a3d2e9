namespace Kairos;

/// <summary>What a series is of.</summary>
public enum ScopeKind
{
    /// <summary>Everything.</summary>
    Cluster = 0,

    /// <summary>A YARP route, over all nodes.</summary>
    Route = 1,

    /// <summary>A destination of a YARP cluster, over all routes and nodes.</summary>
    Destination = 2,

    /// <summary>A gateway node, over all its runs.</summary>
    Node = 3,
}

/// <summary>The words for kinds.</summary>
public static class ScopeKindName
{
    /// <summary>The field that names a scope on the wire: <c>route</c>, <c>destination</c> or <c>node</c>; of the cluster <c>cluster</c>.</summary>
    public static string Name(this ScopeKind kind) => kind switch
    {
        ScopeKind.Route => "route",
        ScopeKind.Destination => "destination",
        ScopeKind.Node => "node",
        _ => SnapshotStreams.ClusterScope,
    };
}

/// <summary>A scope (DESIGN section 5).</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The route's id, <c>cluster/destination</c>, or the node's name; empty for the cluster.</param>
[GenerateSerializer, Immutable, Alias("Kairos.Scope")]
public readonly record struct Scope([property: Id(0)] ScopeKind Kind, [property: Id(1)] string Name)
{
    /// <summary>Characters of a name. What is longer counts for the cluster and is no scope of its own.</summary>
    public const int NameLengthMax = 256;

    /// <summary>The name of the scopes that take what is beyond the limit of their number.</summary>
    public const string Overflow = "(overflow)";

    /// <summary>The whole cluster.</summary>
    public static readonly Scope Cluster = new(ScopeKind.Cluster, "");

    /// <summary>The key of its stream and of its state in storage: printable, and different for different scopes.</summary>
    public string Key => Kind == ScopeKind.Cluster ? SnapshotStreams.ClusterScope : $"{KindName}/{Uri.EscapeDataString(Name)}";

    /// <inheritdoc cref="ScopeKindName.Name"/>
    public string KindName => Kind.Name();

    /// <summary>The scope of a destination.</summary>
    public static Scope OfDestination(string cluster, string destination) => new(ScopeKind.Destination, $"{cluster}/{destination}");
}
