using System.Text;

namespace Kairos.Gateway;

/// <summary>What was counted of some requests, and how their durations spread.</summary>
internal sealed class TrafficSums(DurationBounds bounds)
{
    public RequestCounters Counters { get; set; }

    public DurationHistogram Durations { get; } = new(bounds);
}

/// <summary>One reading of all series of this node. Not changed any more.</summary>
/// <param name="Node">All of them.</param>
/// <param name="Routes">By the label of their route.</param>
internal sealed record TrafficReading(TrafficSums Node, IReadOnlyDictionary<string, TrafficSums> Routes);

/// <summary>
/// What this node has counted since its process began, as Prometheus is told. All instruments of a scrape share one reading, and many scrapes
/// at once cost no more than one. Thread-safe.
/// </summary>
internal sealed class NodeTraffic(RequestMeter requests, TimeProvider timeProvider)
{
    /// <summary>Routes with a label of their own; further ones share that of <see cref="SeriesKey.Overflow"/>.</summary>
    public const int RoutesMax = 200;

    private const string Unmatched = "(unmatched)";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();

    // A route keeps its label for good, or its counter and the overflow's would jump.
    private readonly Dictionary<string, string> _labels = [];
    private TrafficReading? _latest;
    private long _latestAt;

    public TrafficReading Read()
    {
        lock (_lock)
        {
            if (_latest is null || timeProvider.GetElapsedTime(_latestAt) > Lifetime)
            {
                (_latest, _latestAt) = (ReadSeries_NeedsLock(), timeProvider.GetTimestamp());
            }

            return _latest;
        }
    }

    private TrafficReading ReadSeries_NeedsLock()
    {
        var node = new TrafficSums(DurationBounds.HalfOctaves);
        var routes = new Dictionary<string, TrafficSums>();
        foreach (var series in requests.All())
        {
            var label = LabelOf_NeedsLock(series.Key.Route);
            if (!routes.TryGetValue(label, out var route))
            {
                route = routes[label] = new TrafficSums(DurationBounds.Octaves);
            }

            var timed = 0L;
            for (var bucket = 0; bucket < series.Buckets.Length; bucket++)
            {
                if (Volatile.Read(ref series.Buckets[bucket]) is var count and not 0)
                {
                    timed += count;
                    node.Durations.Add(bucket, count);
                    route.Durations.Add(bucket, count);
                }
            }

            var counters = series.Counters(timed);
            node.Counters += counters;
            route.Counters += counters;
        }

        return new TrafficReading(node, routes);
    }

    private string LabelOf_NeedsLock(string route)
    {
        if (!_labels.TryGetValue(route, out var label))
        {
            if (_labels.Count == RoutesMax)
            {
                return SeriesKey.Overflow.Route;
            }

            // To Prometheus an empty label is none; and names that UTF-8 cannot tell apart must be one series.
            _labels[route] = label = route.Length == 0 ? Unmatched : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(route));
        }

        return label;
    }
}
