using Kairos.Grains;

namespace Kairos.Benchmarks;

/// <summary>
/// What the shards answer the roll-up tick after tick, as with that many nodes: made beforehand and repeated, so that making them costs the
/// roll-up's figures nothing. Used by one thread.
/// </summary>
internal sealed class ShardAnswers
{
    /// <summary>Different ticks; after the last comes the first again.</summary>
    private const int Variants = 16;

    private readonly Guid _activation = Guid.NewGuid();
    private readonly List<(IReadOnlyList<TickNode> Nodes, IReadOnlyList<PartCounts> Parts)[]> _ticks = [];
    private readonly string[][] _nodes;

    public ShardAnswers(RollupLoad load)
    {
        var shards = new ShardsOptions();
        Shards = shards.Count;
        _nodes = [.. Enumerable.Range(0, Shards).Select(shard =>
            Enumerable.Range(0, load.Nodes).Select(RollupLoad.NodeName).Where(name => shards.ShardOf(name) == shard).ToArray())];
        var durations = new SkewedDurations(seed: 5900);
        for (var variant = 0; variant < Variants; variant++)
        {
            _ticks.Add([.. _nodes.Select(nodes => Answer(load, nodes, variant, durations))]);
        }
    }

    public int Shards { get; }

    /// <summary>Gives the roll-up every shard's answer for a tick.</summary>
    public void Stage(Rollup rollup, long tick)
    {
        var answers = _ticks[(int)(tick % Variants)];
        for (var shard = 0; shard < answers.Length; shard++)
        {
            var (nodes, parts) = answers[shard];
            var next = new ShardCursor(_activation, tick, tick, 0);
            rollup.Stage(shard, new ShardTicks(true, tick, next, null, nodes.Count == 0 ? [] : [new ShardTick(tick, nodes, parts)]));
        }
    }

    private static (IReadOnlyList<TickNode>, IReadOnlyList<PartCounts>) Answer(
        RollupLoad load, string[] nodes, int variant, SkewedDurations durations)
    {
        var parts = new Dictionary<PartKey, Counts>();
        foreach (var node in nodes)
        {
            for (var route = 0; route < load.Routes; route++)
            {
                var requests = Requests(route, durations.Requests(load.RequestsOfEach), durations);
                WindowTick.Of(parts, PartKey.Of(RollupLoad.KeyOf(route))).Add(requests);
                WindowTick.Of(parts, PartKey.OfNode(node)).Add(requests);
            }
        }

        return (
            [.. nodes.Select(node => new TickNode(node, new Gauges(variant, Gateways: 1)))],
            [.. parts.Select(part => new PartCounts(part.Key, part.Value.Clone()))]);
    }

    private static Counts Requests(int route, int count, SkewedDurations durations)
    {
        var requests = new Counts();
        var microseconds = 0L;
        for (var i = 0; i < count; i++)
        {
            var seconds = durations.Next(route);
            microseconds += (long)(seconds * 1e6);
            requests.Durations.Add(SketchLayout.BucketOf(seconds), 1);
        }

        requests.Counters = new RequestCounters(0, count, 0, 0, 0, 0, count, microseconds) { BytesSent = 3_000 * count, BytesReceived = 300 * count };
        return requests;
    }
}
