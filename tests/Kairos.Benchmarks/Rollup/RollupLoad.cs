namespace Kairos.Benchmarks;

/// <summary>How many simulated gateway nodes report what.</summary>
/// <param name="Nodes">Gateway nodes.</param>
/// <param name="Routes">Routes, of one destination each, all active on every node in every tick.</param>
/// <param name="RequestsPerSecond">Of all nodes and routes together.</param>
internal sealed record RollupLoad(int Nodes, int Routes, int RequestsPerSecond)
{
    /// <summary>Requests of one route on one node in a second.</summary>
    public double RequestsOfEach => (double)RequestsPerSecond / Nodes / Routes;

    /// <summary>Scopes that this makes, the cluster included.</summary>
    public int Scopes => 1 + Nodes + (2 * Routes);

    public static RollupLoad From(Arguments arguments) =>
        new(arguments.Take("nodes", 20, atLeast: 1), arguments.Take("routes", 200, atLeast: 1), arguments.Take("requests", 8_000, atLeast: 1));

    public static string NodeName(int node) => $"gw-{node + 1}";

    public static SeriesKey KeyOf(int route) => new($"orders-api-v{route}", $"orders-cluster-{route}", $"orders-{route}.shop.svc:8080");

    public override string ToString() =>
        $"{Nodes} nodes x {Routes} routes x 1 destination, {RequestsPerSecond} requests a second, {Scopes} scopes";
}
