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
    public static implicit operator PackedSketch?(Sketch? sketch) => sketch is null ? null : Of(sketch.Buckets, sketch.Counts);

    /// <summary>A sketch that is packed already.</summary>
    public static PackedSketch Copy(ReadOnlySpan<byte> packed) => new(packed.ToArray());

    /// <summary>Buckets, which must ascend, and their counts.</summary>
    public static PackedSketch Of(ReadOnlySpan<ushort> buckets, ReadOnlySpan<long> counts)
    {
        var into = new ArrayBufferWriter<byte>(2 + (buckets.Length * 3));
        Write(into, buckets, counts);
        return new PackedSketch(into.WrittenSpan.ToArray());
    }

    /// <summary>Writes the bytes of a sketch behind others.</summary>
    public static void Write(IBufferWriter<byte> into, ReadOnlySpan<ushort> buckets, ReadOnlySpan<long> counts)
    {
        PackedNumber.Write(into, buckets.Length);
        var former = 0;
        for (var i = 0; i < buckets.Length; i++)
        {
            PackedNumber.Write(into, buckets[i] - former);
            PackedNumber.Write(into, counts[i]);
            former = buckets[i];
        }
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
