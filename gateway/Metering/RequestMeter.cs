using System.Collections.Concurrent;

namespace Kairos.Gateway;

/// <summary>
/// All series of this node and the requests in progress. Thread-safe; a request of a known series takes no lock and allocates nothing.
/// </summary>
internal sealed class RequestMeter(MeteringOptions options, GatewayInstruments instruments)
{
    private readonly ConcurrentDictionary<SeriesKey, Series> _series = new();
    private readonly Series _overflow = new(SeriesKey.Overflow);
    private long _inFlight;
    private int _count;

    /// <summary>Requests in progress, upgraded connections included.</summary>
    public int InFlight => (int)Interlocked.Read(ref _inFlight);

    public void Begin() => Interlocked.Increment(ref _inFlight);

    public void End() => Interlocked.Decrement(ref _inFlight);

    /// <summary>The series of a route and destination; the overflow series once there are as many as configured.</summary>
    public Series SeriesOf(string route, string cluster, string destination)
    {
        var key = new SeriesKey(route, cluster, destination);
        return _series.TryGetValue(key, out var series) ? series : Open(key);
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
