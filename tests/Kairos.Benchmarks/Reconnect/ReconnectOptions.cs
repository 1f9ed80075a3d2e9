namespace Kairos.Benchmarks;

/// <summary>How the reconnect benchmark is run.</summary>
/// <param name="Clients">All on <c>gw-1</c> until it is killed.</param>
/// <param name="Gateways">Gateway nodes.</param>
/// <param name="Silos">Silos.</param>
/// <param name="AwaySeconds">From the kill until the clients set out for the other nodes; the nodes still have what they miss then.</param>
/// <param name="LongAwaySeconds">The same once more, so long that the series has to be read; 0 for not at all.</param>
/// <param name="WarmupSeconds">Between the last client's arrival and the kill.</param>
/// <param name="Seed">Of the clients' jitter and of their choice of nodes.</param>
internal sealed record ReconnectOptions(int Clients, int Gateways, int Silos, int AwaySeconds, int LongAwaySeconds, int WarmupSeconds, int Seed)
{
    public static ReconnectOptions From(Arguments arguments)
    {
        var options = new ReconnectOptions(
            arguments.Take("clients", 10_000, atLeast: 1),
            arguments.Take("gateways", 3, atLeast: 2),
            arguments.Take("silos", 2, atLeast: 1),
            arguments.Take("away", 5),
            arguments.Take("long-away", 120),
            arguments.Take("warmup", 20),
            arguments.Take("seed", 1));
        arguments.RefuseOthers();
        return options;
    }
}
