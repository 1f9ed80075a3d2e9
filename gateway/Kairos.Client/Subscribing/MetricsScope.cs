namespace Kairos.Client;

/// <summary>What metrics are of, where it is not the whole cluster ("Scopes" in docs/protocol.md).</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">A route's id, a destination as <c>cluster/destination</c>, or a node's name; 1 to 256 characters.</param>
public sealed record MetricsScope(MetricsScopeKind Kind, string Name)
{
    /// <summary>A route, by YARP's route id, over all nodes.</summary>
    public static MetricsScope Route(string id) => new(MetricsScopeKind.Route, id);

    /// <summary>A destination as <c>cluster/destination</c>, by YARP's ids, over all routes and nodes.</summary>
    public static MetricsScope Destination(string id) => new(MetricsScopeKind.Destination, id);

    /// <summary>A gateway node by its name, over all its runs.</summary>
    public static MetricsScope Node(string name) => new(MetricsScopeKind.Node, name);

    /// <summary>The field that names a scope of this kind on the wire.</summary>
    internal static string Word(MetricsScopeKind kind) => kind switch
    {
        MetricsScopeKind.Route => "route",
        MetricsScopeKind.Destination => "destination",
        _ => "node",
    };

    /// <summary>The word for a ranking of this kind on the wire.</summary>
    internal static string Plural(MetricsScopeKind kind) => Word(kind) + "s";

    internal static MetricsScopeKind Read(string word) => word switch
    {
        "route" => MetricsScopeKind.Route,
        "destination" => MetricsScopeKind.Destination,
        "node" => MetricsScopeKind.Node,
        _ => throw new FormatException($"There is no scope of the kind '{word}'."),
    };

    internal static MetricsScopeKind ReadPlural(string word) => Read(word.TrimEnd('s'));
}
