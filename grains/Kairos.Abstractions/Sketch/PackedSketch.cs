using System.Buffers;

namespace Kairos;

/// <summary>
/// A sketch that does not change any more, in 2 to 3 bytes a bucket: how many buckets, then of each its distance from the one before and its
/// count. So it is stored, and so thousands go to a node in one answer. Thread-safe.
/// </summary>
[GenerateSerializer, Immutable, Alias("Kairos.PackedSketch")]
public sealed class PackedSketch
{
    [Id(0)] private readonly byte[] _bytes;

    // Unpacked once, however many metrics are made of it; of two threads either may do so.
    [NonSerialized] private Sketch? _sketch;

    private PackedSketch(byte[] bytes)
    {
        _bytes = bytes;
    }

    /// <summary>What is packed; not to be changed.</summary>
    public Sketch Sketch => _sketch ??= Unpack(_bytes);

    /// <summary>A sketch as it is now; none for none.</summary>
    public static implicit operator PackedSketch?(Sketch? sketch) => sketch is null ? null : new PackedSketch(Pack(sketch));

    /// <summary>The bytes of a sketch as it is now.</summary>
    public static byte[] Pack(Sketch sketch)
    {
        ArgumentNullException.ThrowIfNull(sketch);
        var buckets = sketch.Buckets;
        var counts = sketch.Counts;
        var into = new ArrayBufferWriter<byte>(2 + (buckets.Length * 3));
        PackedNumber.Write(into, buckets.Length);
        var former = 0;
        for (var i = 0; i < buckets.Length; i++)
        {
            PackedNumber.Write(into, buckets[i] - former);
            PackedNumber.Write(into, counts[i]);
            former = buckets[i];
        }

        return into.WrittenSpan.ToArray();
    }

    /// <summary>The sketch of these bytes.</summary>
    public static Sketch Unpack(ReadOnlySpan<byte> from)
    {
        var at = 0;
        var length = (int)PackedNumber.Read(from, ref at);
        var (buckets, counts) = (new ushort[length], new long[length]);
        var bucket = 0;
        for (var i = 0; i < length; i++)
        {
            bucket += (int)PackedNumber.Read(from, ref at);
            (buckets[i], counts[i]) = ((ushort)bucket, PackedNumber.Read(from, ref at));
        }

        return Sketch.Over(buckets, counts);
    }
}
