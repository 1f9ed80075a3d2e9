using System.Collections.Concurrent;
using Yarp.ReverseProxy.Model;

namespace Kairos.Gateway;

/// <summary>
/// All series of this node and the requests in progress. Thread-safe; a request of a known series takes no lock and allocates nothing.
/// </summary>
internal sealed class RequestMeter(MeteringOptions options, GatewayInstruments instruments)
{
    private const uint RecentSlots = 1_024;

    private readonly ConcurrentDictionary<SeriesKey, Series> _series = new();
    private readonly Series _overflow = new(SeriesKey.Overflow);

    // The series last asked for in each slot: three comparisons instead of the hash of three texts, which costs more than a measurement.
    private readonly Series?[] _recent = new Series?[RecentSlots];
    private readonly ConcurrentDictionary<string, RouteInFlight> _routes = new();
    private readonly RouteInFlight _routesBeyond = new(SeriesKey.Overflow);
    private int _count;
    private long _upgraded;

    /// <summary>Requests in progress, upgraded connections included.</summary>
    public int InFlight => Unmatched.Count + Routes().Sum(route => route.Count);

    /// <summary>Upgraded connections open.</summary>
    public int Upgraded => (int)Interlocked.Read(ref _upgraded);

    /// <summary>Requests in progress that matched no route.</summary>
    public RouteInFlight Unmatched { get; } = new(SeriesKey.Unmatched);

    /// <summary>
    /// The requests in progress of a route, for its endpoint to keep; those of all further ones together once there are as many as configured.
    /// </summary>
    public RouteInFlight RouteOf(string route) =>
        _routes.TryGetValue(route, out var known) ? known
        : _routes.Count >= options.MaxSeries ? _routesBeyond
        : _routes.GetOrAdd(route, static id => new RouteInFlight(new SeriesKey(id, "", "")));

    /// <summary>Every route that has had an endpoint, and those beyond the limit as one.</summary>
    public IEnumerable<RouteInFlight> Routes() => _routes.Select(route => route.Value).Append(_routesBeyond);

    public void UpgradedBegin() => Interlocked.Increment(ref _upgraded);

    public void UpgradedEnd() => Interlocked.Decrement(ref _upgraded);

    /// <summary>The series that a request belongs to, by what YARP knows of it now.</summary>
    public Series SeriesOf(HttpContext context) => context.Features.Get<IReverseProxyFeature>() is { } proxied
        ? SeriesOf(proxied.Route.Config.RouteId, proxied.Route.Config.ClusterId ?? "", proxied.ProxiedDestination?.DestinationId ?? "")
        : SeriesOf("", "", "");

    /// <summary>The series of a route and destination; the overflow series once there are as many as configured.</summary>
    public Series SeriesOf(string route, string cluster, string destination)
    {
        ref var recent = ref _recent[SlotOf(route, destination)];
        if (Volatile.Read(ref recent) is { Key: var known } found
            && known.Destination == destination && known.Route == route && known.Cluster == cluster)
        {
            return found;
        }

        var key = new SeriesKey(route, cluster, destination);
        var series = _series.TryGetValue(key, out var opened) ? opened : Open(key);
        Volatile.Write(ref recent, series);
        return series;
    }

    /// <summary>Every series that has counted anything.</summary>
    public IEnumerable<Series> All()
    {
        foreach (var (_, series) in _series)
        {
            yield return series;
        }

        if (_overflow.Requests > 0)
        {
            yield return _overflow;
        }
    }

    private static uint SlotOf(string route, string destination)
    {
        var hash = (uint)((route.Length * 31) + destination.Length);
        hash = (hash * 31) + (route.Length > 0 ? route[^1] : 0u);
        return ((hash * 31) + (destination.Length > 0 ? destination[^1] : 0u)) % RecentSlots;
    }

    private Series Open(SeriesKey key)
    {
        if (Interlocked.Increment(ref _count) <= options.MaxSeries)
        {
            var mine = new Series(key);
            var opened = _series.GetOrAdd(key, mine);
            if (!ReferenceEquals(opened, mine))
            {
                Interlocked.Decrement(ref _count);
            }

            return opened;
        }

        Interlocked.Decrement(ref _count);
        instruments.SeriesOverflowed();
        return _overflow;
    }
}
