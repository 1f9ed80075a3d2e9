using Yarp.ReverseProxy;

namespace Kairos.Gateway;

/// <summary>
/// What is so on this node at the instant of a capture, read from those who know: requests pay nothing for it. Goes into the tick by
/// <see cref="ReportBuffer"/>. Thread-safe.
/// </summary>
internal sealed class NodeGauges(RequestMeter meter, IProxyStateLookup proxy, ClientConnections connections, MeteringOptions options)
{
    public Gauges Read()
    {
        var (all, healthy) = (0, 0);
        foreach (var cluster in proxy.GetClusters())
        {
            var destinations = cluster.DestinationsState;
            all += destinations.AllDestinations.Count;
            healthy += destinations.AvailableDestinations.Count;
        }

        return new Gauges(meter.InFlight, meter.Upgraded, connections.Open, all, healthy, Gateways: 1);
    }

    /// <summary>
    /// Requests in progress by route and by destination, where there are any. A destination that was taken from the configuration is in
    /// none of them any more, nor are destinations beyond the limit of series: these have no overflow, since their routes' has them.
    /// </summary>
    public IReadOnlyList<SeriesInFlight> ReadInFlight()
    {
        var routes = from route in meter.Routes()
                     select new SeriesInFlight(route.Key, route.Count);
        var destinations = from cluster in proxy.GetClusters()
                           from destination in cluster.DestinationsState.AllDestinations
                           select new SeriesInFlight(new SeriesKey("", cluster.ClusterId, destination.DestinationId), destination.ConcurrentRequestCount);
        return [.. routes.Where(series => series.InFlight > 0), .. destinations.Where(series => series.InFlight > 0).Take(options.MaxSeries)];
    }
}
