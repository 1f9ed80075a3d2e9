using System.ComponentModel.DataAnnotations;

namespace Kairos;

/// <summary><c>Kairos:Shards</c>: how the reports of all nodes are spread. The same on every process of a cluster.</summary>
public sealed class ShardsOptions
{
    /// <summary>How many MetricsShard grains there are.</summary>
    [Range(1, 256)]
    public int Count { get; set; } = 16;

    /// <summary>The shard of a node: a stable hash (FNV-1a, 32 bits) of its name, the same in every process and version.</summary>
    public int ShardOf(string node)
    {
        ArgumentNullException.ThrowIfNull(node);
        var hash = 2166136261u;
        foreach (var unit in node)
        {
            hash = (hash ^ unit) * 16777619u;
        }

        return (int)(hash % (uint)Count);
    }
}
