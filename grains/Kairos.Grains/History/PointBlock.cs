using System.Buffers;

namespace Kairos.Grains;

/// <summary>
/// Points packed for storage and cache, about 5 bytes for one without requests and 2 to 3 for each bucket of durations:
/// a format byte, the counters before the first point, then the points, all in variable-length integers (LEB128). Pure functions.
/// </summary>
internal static class PointBlock
{
    private const byte Format = 1;
    private const int GaugeCount = 6;

    public static byte[] Pack(RequestCounters before, IReadOnlyCollection<Point> points)
    {
        var packed = new PackedPoints();
        foreach (var point in points)
        {
            packed.Add(point);
        }

        return packed.ToBlock(before);
    }

    /// <summary>What a block begins with; then come its points.</summary>
    public static void WriteHead(ArrayBufferWriter<byte> into, RequestCounters before, int points)
    {
        into.Write([Format]);
        WriteCounters(into, before);
        WriteNumber(into, points);
    }

    /// <param name="into">The block.</param>
    /// <param name="point">The next point.</param>
    /// <param name="tickBefore">Of the point before; 0 for the first.</param>
    public static void WritePoint(ArrayBufferWriter<byte> into, Point point, long tickBefore)
    {
        WriteNumber(into, point.Tick - tickBefore);
        WriteNumber(into, point.Seconds);
        WriteCounters(into, point.Added);
        WriteGauges(into, point.Gauges);
        WriteSketch(into, point.Durations);
    }

    public static byte[] PackDurations(Sketch durations)
    {
        var into = new ArrayBufferWriter<byte>(2 + (durations.Buckets.Length * 3));
        WriteSketch(into, durations);
        return into.WrittenSpan.ToArray();
    }

    public static Sketch UnpackDurations(ReadOnlySpan<byte> durations) => ReadSketch(ref durations, wanted: true) ?? new Sketch();

    /// <exception cref="InvalidDataException">The bytes are of another format.</exception>
    public static (RequestCounters Before, List<Point> Points) Unpack(ReadOnlySpan<byte> packed, bool withDurations = true)
    {
        if (packed is not [Format, ..])
        {
            throw new InvalidDataException($"A block of history has format {(packed.IsEmpty ? "none" : packed[0])}; this version reads {Format}.");
        }

        var from = packed[1..];
        var before = ReadCounters(ref from);
        var points = new List<Point>((int)ReadNumber(ref from));
        var tick = 0L;
        for (var left = points.Capacity; left > 0; left--)
        {
            tick += ReadNumber(ref from);
            var seconds = (int)ReadNumber(ref from);
            var added = ReadCounters(ref from);
            var gauges = ReadGauges(ref from);
            points.Add(new Point(tick, seconds, added, gauges, ReadSketch(ref from, withDurations)));
        }

        return (before, points);
    }

    private static void WriteCounters(ArrayBufferWriter<byte> into, RequestCounters counters) => WriteSparse(into, RequestCounters.FieldsOf(ref counters));

    private static RequestCounters ReadCounters(ref ReadOnlySpan<byte> from)
    {
        var counters = default(RequestCounters);
        ReadSparse(ref from, RequestCounters.FieldsOf(ref counters));
        return counters;
    }

    private static void WriteGauges(ArrayBufferWriter<byte> into, Gauges gauges) => WriteSparse(
        into, [gauges.InFlight, gauges.Upgraded, gauges.ClientConnections, gauges.Destinations, gauges.DestinationsHealthy, gauges.Gateways]);

    private static Gauges ReadGauges(ref ReadOnlySpan<byte> from)
    {
        Span<long> fields = stackalloc long[GaugeCount];
        ReadSparse(ref from, fields);
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

        WriteNumber(into, mask);
        foreach (var field in fields)
        {
            if (field != 0)
            {
                WriteNumber(into, field);
            }
        }
    }

    private static void ReadSparse(ref ReadOnlySpan<byte> from, scoped Span<long> fields)
    {
        fields.Clear();
        var mask = ReadNumber(ref from);
        for (var i = 0; mask != 0; i++, mask >>= 1)
        {
            if ((mask & 1) != 0)
            {
                // A field that a later version added is read, and left out.
                var value = ReadNumber(ref from);
                if (i < fields.Length)
                {
                    fields[i] = value;
                }
            }
        }
    }

    private static void WriteSketch(ArrayBufferWriter<byte> into, Sketch? sketch)
    {
        WriteNumber(into, sketch?.Buckets.Length ?? 0);
        var bucket = 0;
        for (var i = 0; i < (sketch?.Buckets.Length ?? 0); i++)
        {
            WriteNumber(into, sketch!.Buckets[i] - bucket);
            WriteNumber(into, sketch.Counts[i]);
            bucket = sketch.Buckets[i];
        }
    }

    private static Sketch? ReadSketch(ref ReadOnlySpan<byte> from, bool wanted)
    {
        var count = (int)ReadNumber(ref from);
        if (!wanted || count == 0)
        {
            Skip(ref from, numbers: 2 * count);
            return null;
        }

        var (buckets, counts) = (new ushort[count], new long[count]);
        var (bucket, at) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            bucket += (int)ReadNumber(from, ref at);
            (buckets[i], counts[i]) = ((ushort)bucket, ReadNumber(from, ref at));
        }

        from = from[at..];
        return Sketch.Over(buckets, counts);
    }

    private static void Skip(ref ReadOnlySpan<byte> from, int numbers)
    {
        var at = 0;
        for (; numbers > 0; at++)
        {
            numbers -= from[at] < 0x80 ? 1 : 0;
        }

        from = from[at..];
    }

    private static void WriteNumber(ArrayBufferWriter<byte> into, long number)
    {
        var span = into.GetSpan(10);
        var length = 0;
        for (var left = (ulong)number; ; left >>= 7)
        {
            span[length++] = (byte)(left < 0x80 ? left : left | 0x80);
            if (left < 0x80)
            {
                into.Advance(length);
                return;
            }
        }
    }

    private static long ReadNumber(ref ReadOnlySpan<byte> from)
    {
        var at = 0;
        var number = ReadNumber(from, ref at);
        from = from[at..];
        return number;
    }

    private static long ReadNumber(ReadOnlySpan<byte> from, ref int at)
    {
        // Most are of one byte.
        var next = from[at++];
        var number = (ulong)(next & 0x7F);
        for (var shift = 7; next >= 0x80; shift += 7)
        {
            next = from[at++];
            number |= (ulong)(next & 0x7F) << shift;
        }

        return (long)number;
    }
}
