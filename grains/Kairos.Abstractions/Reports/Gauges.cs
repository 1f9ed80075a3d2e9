namespace Kairos;

/// <summary>
/// What is so at one instant, of a gateway node or a scope. Of a route or destination only <see cref="InFlight"/> is known.
/// </summary>
/// <param name="InFlight">Requests in progress, upgraded connections included.</param>
/// <param name="Upgraded">Upgraded connections (WebSockets and the like) open.</param>
/// <param name="ClientConnections">Connections of clients open at the gateway.</param>
/// <param name="Destinations">Destinations of all YARP clusters; of several nodes the most that one has.</param>
/// <param name="DestinationsHealthy">Those that requests may go to; of several nodes the fewest that one finds healthy.</param>
/// <param name="Gateways">Gateway nodes that reported.</param>
[GenerateSerializer, Immutable, Alias("Kairos.Gauges")]
public readonly record struct Gauges(
    [property: Id(0)] int InFlight,
    [property: Id(1)] int Upgraded = 0,
    [property: Id(2)] int ClientConnections = 0,
    [property: Id(3)] int Destinations = 0,
    [property: Id(4)] int DestinationsHealthy = 0,
    [property: Id(5)] int Gateways = 0)
{
    /// <summary>Of two sources together.</summary>
    public static Gauges operator +(Gauges a, Gauges b) => new(
        a.InFlight + b.InFlight,
        a.Upgraded + b.Upgraded,
        a.ClientConnections + b.ClientConnections,
        Math.Max(a.Destinations, b.Destinations),
        a.Destinations == 0 ? b.DestinationsHealthy : b.Destinations == 0 ? a.DestinationsHealthy : Math.Min(a.DestinationsHealthy, b.DestinationsHealthy),
        a.Gateways + b.Gateways);
}

/// <summary>Requests in progress of one route (its key has no destination) or to one destination (its key has no route).</summary>
[GenerateSerializer, Immutable, Alias("Kairos.SeriesInFlight")]
public readonly record struct SeriesInFlight([property: Id(0)] SeriesKey Key, [property: Id(1)] int InFlight);
