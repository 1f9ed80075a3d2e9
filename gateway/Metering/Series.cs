using System.Numerics;

namespace Kairos.Gateway;

/// <summary>
/// Counts the requests of one route and destination, and the bytes of their bodies, since the process began. Thread-safe without locks: counters are striped over the
/// processors, each stripe on cache lines of its own; sketch buckets are shared, since neighbours in time rarely hit the same one.
/// </summary>
internal sealed class Series(SeriesKey key)
{
    // 128 bytes a stripe: processors fetch cache lines of 64 bytes in pairs.
    private const int StripeLongs = 16;
    private const int OtherStatus = 5;
    private const int Duration = 6;
    private const int Received = 7;
    private const int Sent = 8;
    private const int FirstError = 9;

    private static readonly int Stripes = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 1, 16));

    // One stripe of padding in front keeps the array's header off the first counters.
    private readonly long[] _counters = new long[(Stripes + 1) * StripeLongs];
    private readonly long[] _buckets = new long[SketchLayout.BucketCount];

    public SeriesKey Key => key;

    /// <summary>A completed request and its duration to the last byte of the response.</summary>
    public void Record(int status, double seconds)
    {
        var stripe = Stripe();
        Interlocked.Add(ref _counters[stripe + Duration], (long)((seconds * 1e6) + 0.5));
        Interlocked.Increment(ref _buckets[SketchLayout.BucketOf(seconds)]);
        Interlocked.Increment(ref _counters[stripe + StatusClass(status)]);
    }

    /// <summary>A completed request whose duration says nothing: an upgraded connection or an event stream.</summary>
    public void RecordUntimed(int status) => Interlocked.Increment(ref _counters[Stripe() + StatusClass(status)]);

    /// <summary>A completed request that its destination failed, besides its status.</summary>
    public void RecordError(DestinationError kind)
    {
        if (kind != DestinationError.None)
        {
            Interlocked.Increment(ref _counters[Stripe() + ErrorCounter(kind)]);
        }
    }

    /// <summary>Bytes of a request's body, as they come.</summary>
    public void AddReceived(long bytes) => Interlocked.Add(ref _counters[Stripe() + Received], bytes);

    /// <summary>Bytes of a response's body, as they go.</summary>
    public void AddSent(long bytes) => Interlocked.Add(ref _counters[Stripe() + Sent], bytes);

    /// <summary>Requests completed so far.</summary>
    public long Requests
    {
        get
        {
            long sum = 0;
            for (var status = 0; status <= OtherStatus; status++)
            {
                sum += Sum(status);
            }

            return sum;
        }
    }

    /// <summary>Requests whose duration counts, so far.</summary>
    public long TimedRequests
    {
        get
        {
            long sum = 0;
            foreach (ref var bucket in _buckets.AsSpan())
            {
                sum += Volatile.Read(ref bucket);
            }

            return sum;
        }
    }

    /// <summary>Cumulative counts by bucket of <see cref="SketchLayout"/>; read them with <see cref="Volatile"/>.</summary>
    public long[] Buckets => _buckets;

    public RequestCounters Counters(long timedRequests) => new(
        Sum(0), Sum(1), Sum(2), Sum(3), Sum(4), Sum(OtherStatus), timedRequests, Sum(Duration))
    {
        BytesReceived = Sum(Received),
        BytesSent = Sum(Sent),
        ConnectErrors = Sum(ErrorCounter(DestinationError.Connect)),
        TimeoutErrors = Sum(ErrorCounter(DestinationError.Timeout)),
        ResetErrors = Sum(ErrorCounter(DestinationError.Reset)),
    };

    private static int ErrorCounter(DestinationError kind) => FirstError + (int)kind - 1;

    private static int StatusClass(int status) => (uint)(status - 100) < 500u ? (status / 100) - 1 : OtherStatus;

    private static int Stripe() => ((Thread.GetCurrentProcessorId() & (Stripes - 1)) + 1) * StripeLongs;

    private long Sum(int counter)
    {
        long sum = 0;
        for (var at = StripeLongs + counter; at < _counters.Length; at += StripeLongs)
        {
            sum += Volatile.Read(ref _counters[at]);
        }

        return sum;
    }
}
