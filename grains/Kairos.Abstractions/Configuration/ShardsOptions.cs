using System.ComponentModel.DataAnnotations;

namespace Kairos;

/// <summary><c>Kairos:Shards</c>: how the reports of all nodes are spread. The same on every process of a cluster.</summary>
public sealed class ShardsOptions
{
    /// <summary>How many MetricsShard grains there are.</summary>
    [Range(1, 256)]
    public int Count { get; set; } = 16;

    /// <summary>The shard of a node, by <see cref="StableHash"/> of its name.</summary>
    public int ShardOf(string node) => (int)(StableHash.Of(node) % (uint)Count);
}
