using System.Buffers;

namespace Kairos.Grains;

/// <summary>
/// Points packed for storage and cache, about 5 bytes for one without requests and 2 to 3 for each bucket of durations:
/// a format byte, the counters before the first point, then the points, all in variable-length integers. Pure functions.
/// </summary>
internal static class PointBlock
{
    private const byte Format = 1;
    private const int GaugeCount = 6;

    public static byte[] Pack(RequestCounters before, IEnumerable<Point> points)
    {
        var packed = new PackedPoints();
        packed.AddRange(points);
        return packed.ToBlock(before);
    }

    /// <summary>What a block begins with; then come its points.</summary>
    public static void WriteHead(ArrayBufferWriter<byte> into, RequestCounters before, int points)
    {
        into.Write([Format]);
        WriteCounters(into, before);
        PackedNumber.Write(into, points);
    }

    /// <param name="into">The block.</param>
    /// <param name="point">The next point.</param>
    /// <param name="tickBefore">Of the point before; 0 for the first.</param>
    public static void WritePoint(ArrayBufferWriter<byte> into, Point point, long tickBefore)
    {
        PackedNumber.Write(into, point.Tick - tickBefore);
        PackedNumber.Write(into, point.Seconds);
        WriteCounters(into, point.Added);
        WriteGauges(into, point.Gauges);

        // Their length comes first: many readers pass over them.
        byte[] durations = point.Durations is { Buckets.Length: > 0 } some ? PackedSketch.Pack(some) : [];
        PackedNumber.Write(into, durations.Length);
        into.Write(durations);
    }

    /// <summary>The bytes are of the format that this version writes.</summary>
    public static bool IsReadable(byte[] packed) => packed is [Format, ..];

    /// <summary>The points, their durations only where wanted.</summary>
    /// <exception cref="InvalidDataException">The bytes are of another format.</exception>
    public static (RequestCounters Before, List<Point> Points) Unpack(byte[] packed, bool withDurations = true)
    {
        if (!IsReadable(packed))
        {
            throw new InvalidDataException($"A block of history has format {(packed.Length == 0 ? "none" : packed[0])}; this version reads {Format}.");
        }

        var at = 1;
        var before = ReadCounters(packed, ref at);
        var points = new List<Point>((int)PackedNumber.Read(packed, ref at));
        var tick = 0L;
        for (var left = points.Capacity; left > 0; left--)
        {
            tick += PackedNumber.Read(packed, ref at);
            var seconds = (int)PackedNumber.Read(packed, ref at);
            var added = ReadCounters(packed, ref at);
            var gauges = ReadGauges(packed, ref at);
            var length = (int)PackedNumber.Read(packed, ref at);
            points.Add(new Point(tick, seconds, added, gauges, withDurations && length > 0 ? PackedSketch.Unpack(packed.AsSpan(at, length)) : null));
            at += length;
        }

        return (before, points);
    }

    private static void WriteCounters(ArrayBufferWriter<byte> into, RequestCounters counters) => WriteSparse(into, RequestCounters.FieldsOf(ref counters));

    private static RequestCounters ReadCounters(ReadOnlySpan<byte> from, ref int at)
    {
        var counters = default(RequestCounters);
        ReadSparse(from, ref at, RequestCounters.FieldsOf(ref counters));
        return counters;
    }

    private static void WriteGauges(ArrayBufferWriter<byte> into, Gauges gauges) => WriteSparse(
        into, [gauges.InFlight, gauges.Upgraded, gauges.ClientConnections, gauges.Destinations, gauges.DestinationsHealthy, gauges.Gateways]);

    private static Gauges ReadGauges(ReadOnlySpan<byte> from, ref int at)
    {
        Span<long> fields = stackalloc long[GaugeCount];
        ReadSparse(from, ref at, fields);
        return new Gauges((int)fields[0], (int)fields[1], (int)fields[2], (int)fields[3], (int)fields[4], (int)fields[5]);
    }

    /// <summary>A mask of the fields that are not zero, then those.</summary>
    private static void WriteSparse(ArrayBufferWriter<byte> into, ReadOnlySpan<long> fields)
    {
        var mask = 0L;
        for (var i = 0; i < fields.Length; i++)
        {
            mask |= fields[i] != 0 ? 1L << i : 0;
        }

        PackedNumber.Write(into, mask);
        foreach (var field in fields)
        {
            if (field != 0)
            {
                PackedNumber.Write(into, field);
            }
        }
    }

    private static void ReadSparse(ReadOnlySpan<byte> from, ref int at, Span<long> fields)
    {
        fields.Clear();
        var mask = PackedNumber.Read(from, ref at);
        for (var i = 0; mask != 0; i++, mask >>= 1)
        {
            if ((mask & 1) != 0)
            {
                // A field that a later version added is read, and left out.
                var value = PackedNumber.Read(from, ref at);
                if (i < fields.Length)
                {
                    fields[i] = value;
                }
            }
        }
    }
}
