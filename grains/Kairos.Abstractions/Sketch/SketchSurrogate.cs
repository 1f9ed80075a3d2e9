namespace Kairos;

/// <summary>
/// A sketch in grain calls, streams and storage: packed, since of all that a report carries the buckets cost most.
/// </summary>
[GenerateSerializer, Alias("Kairos.SketchSurrogate")]
internal struct SketchSurrogate
{
    // Ids 0 to 2 are how storage of an earlier version has it: a length and two arrays that may be longer.
    [Id(0)] public int Length;
    [Id(1)] public ushort[]? Buckets;
    [Id(2)] public long[]? Counts;
    [Id(3)] public byte[]? Packed;
}

/// <summary>Makes a sketch what it travels as, and back. Thread-safe.</summary>
[RegisterConverter]
internal sealed class SketchConverter : IConverter<Sketch, SketchSurrogate>
{
    public Sketch ConvertFromSurrogate(in SketchSurrogate surrogate) => surrogate switch
    {
        { Packed: { } packed } => PackedSketch.Unpack(packed),
        { Buckets: { } buckets, Counts: { } counts } => Sketch.Over(buckets[..surrogate.Length], counts[..surrogate.Length]),
        _ => new Sketch(),
    };

    public SketchSurrogate ConvertToSurrogate(in Sketch value) => new() { Packed = PackedSketch.Pack(value) };
}
