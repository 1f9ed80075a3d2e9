using System.Buffers;

namespace Kairos.Grains;

/// <summary>The points of a block that is not complete, packed as they come: a tenth of what they take as objects. Runs on the grain scheduler.</summary>
internal sealed class PackedPoints
{
    private ArrayBufferWriter<byte> _points = new();
    private long _lastTick;

    public int Count { get; private set; }

    /// <summary>Of the first point; 0 for none.</summary>
    public long FirstTick { get; private set; }

    public void AddRange(IEnumerable<Point> points)
    {
        foreach (var point in points)
        {
            FirstTick = Count == 0 ? point.Tick : FirstTick;
            PointBlock.WritePoint(_points, point, _lastTick);
            _lastTick = point.Tick;
            Count++;
        }
    }

    public byte[] ToBlock(RequestCounters before)
    {
        var block = new ArrayBufferWriter<byte>(_points.WrittenCount + 64);
        PointBlock.WriteHead(block, before, Count);
        block.Write(_points.WrittenSpan);
        return block.WrittenSpan.ToArray();
    }

    public void Clear()
    {
        _points = new ArrayBufferWriter<byte>();
        (_lastTick, FirstTick, Count) = (0, 0, 0);
    }
}
