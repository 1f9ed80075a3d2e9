using System.Runtime.CompilerServices;

namespace Kairos.Grains;

/// <summary>
/// Sealed blocks with their points joined to a step and their durations thinned: every client that asks for an hour wants the same, and most
/// of the work is in the durations. A joined block is no larger than the one that it is made of and lives as long, so it is bounded as that is.
/// Thread-safe.
/// </summary>
internal sealed class JoinedBlocks
{
    /// <summary>Steps kept of a block; another one is joined each time.</summary>
    private const int StepsMax = 4;

    private readonly ConditionalWeakTable<byte[], Dictionary<int, byte[]>> _joined = [];

    /// <summary>The block with points of a step that makes up the whole of it.</summary>
    public byte[] Get(byte[] packed, int stepSeconds)
    {
        var steps = _joined.GetValue(packed, static _ => []);
        lock (steps)
        {
            if (!steps.TryGetValue(stepSeconds, out var joined))
            {
                var (before, points) = PointBlock.Unpack(packed);
                joined = PointBlock.Pack(before, Point.Join(points, stepSeconds).Select(point => point.Thinned()));
                if (steps.Count < StepsMax)
                {
                    steps.Add(stepSeconds, joined);
                }
            }

            return joined;
        }
    }
}
