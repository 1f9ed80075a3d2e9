using System.Collections.Concurrent;

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
    private long _inFlight;
    private int _count;

    /// <summary>Requests in progress, upgraded connections included.</summary>
    public int InFlight => (int)Interlocked.Read(ref _inFlight);

    /// <summary>What is so now.</summary>
    public Gauges Gauges() => new(InFlight, Gateways: 1);

    /// <summary>Requests in progress by route and by destination, where there are any.</summary>
    public IReadOnlyList<SeriesInFlight> InFlightBySeries { get; } = [];

    public void Begin() => Interlocked.Increment(ref _inFlight);

    public void End() => Interlocked.Decrement(ref _inFlight);

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
