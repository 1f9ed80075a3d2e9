using System.Runtime.InteropServices;

namespace Kairos.Grains;

/// <summary>What was counted in one tick, by part, and the gauges of the nodes that reported for it. Runs on the grain scheduler.</summary>
[GenerateSerializer, Alias("Kairos.WindowTick")]
internal sealed class WindowTick
{
    // Ids 1 to 3 held the sums of the whole shard.
    [Id(0)] public long Tick { get; init; }

    [Id(4)] public Dictionary<PartKey, Counts> Added { get; init; } = [];

    [Id(5)] public Dictionary<string, Gauges> Nodes { get; init; } = [];

    /// <summary>Adds what another form of the tick has; its gauges are the newer ones.</summary>
    public void Add(WindowTick other)
    {
        AddAll(other.Added, Added);
        foreach (var (node, gauges) in other.Nodes)
        {
            Nodes[node] = gauges;
        }
    }

    /// <summary>For the rollup, which may be in this very process: shares nothing that changes.</summary>
    public ShardTick ToShardTick(bool withAdded = true) => new(
        Tick,
        [.. Nodes.Select(node => new TickNode(node.Key, node.Value))],
        withAdded ? [.. Added.Select(part => new PartCounts(part.Key, part.Value.Clone()))] : []);

    public static void AddAll(Dictionary<PartKey, Counts> from, Dictionary<PartKey, Counts> into)
    {
        foreach (var (key, counts) in from)
        {
            Of(into, key).Add(counts);
        }
    }

    public static Counts Of(Dictionary<PartKey, Counts> parts, PartKey key)
    {
        ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(parts, key, out _);
        return counts ??= new Counts();
    }

    /// <summary>Over all series.</summary>
    public static RequestCounters SumOf(Dictionary<PartKey, Counts> parts) =>
        parts.Where(part => part.Key.Node.Length == 0).Aggregate(default(RequestCounters), (sum, part) => sum + part.Value.Counters);
}
