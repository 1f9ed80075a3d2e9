namespace Kairos.Gateway;

/// <summary>
/// The requests in progress of one route. Lies in the metadata of the route's endpoint, so that a request looks for nothing. Thread-safe.
/// </summary>
internal sealed class RouteInFlight(SeriesKey key)
{
    private long _count;

    public SeriesKey Key => key;

    public int Count => (int)Interlocked.Read(ref _count);

    public void Begin() => Interlocked.Increment(ref _count);

    public void End() => Interlocked.Decrement(ref _count);
}
