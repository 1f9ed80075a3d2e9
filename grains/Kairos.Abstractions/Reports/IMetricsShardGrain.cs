namespace Kairos;

/// <summary>
/// Merges the reports of the nodes that hash to it, by maximum per (incarnation, tick), and acknowledges only what storage has.
/// Keys are 0 to <c>Kairos:Shards:Count</c> - 1.
/// </summary>
[GrainInterfaceType("kairos.metrics-shard"), Alias("Kairos.IMetricsShardGrain")]
public interface IMetricsShardGrain : IGrainWithIntegerKey
{
    /// <summary>Takes a node's report.</summary>
    [Alias("Report")]
    Task<ReportAck> ReportAsync(NodeReport report);

    /// <summary>
    /// The shard's ticks that changed since the caller last had storage for them, up to one tick.
    /// Puts them in storage first, waiting a bounded time for it, so that what is published survives a crash.
    /// </summary>
    [Alias("Collect")]
    Task<ShardTicks> CollectAsync(ShardCursor since, long upToTick);

    /// <summary>The nodes of this shard, those that were there in the last hour included.</summary>
    [Alias("GetNodes")]
    Task<IReadOnlyList<NodeStatus>> GetNodesAsync();
}

/// <summary>How far a caller has the ticks of a shard.</summary>
/// <param name="Activation">The shard's activation that numbered <see cref="Version"/>; another one sends all that it keeps.</param>
/// <param name="Version">The number of the last change that the caller has.</param>
/// <param name="Tick">The last tick that the caller asked for: later ones are new to it whatever their version.</param>
[GenerateSerializer, Immutable, Alias("Kairos.ShardCursor")]
public readonly record struct ShardCursor([property: Id(0)] Guid Activation, [property: Id(1)] long Version, [property: Id(2)] long Tick);

/// <summary>A shard's answer to the rollup.</summary>
/// <param name="Ready">
/// False while a shard that has just started waits for the nodes that its storage calls live: its values may be behind what it once showed.
/// </param>
/// <param name="Watermark">Every live node has reported its ticks up to this one.</param>
/// <param name="Next">The cursor to ask with once these ticks are safe.</param>
/// <param name="Ticks">The ticks changed, ascending, cumulative over all nodes of the shard.</param>
[GenerateSerializer, Immutable, Alias("Kairos.ShardTicks")]
public sealed record ShardTicks(
    [property: Id(0)] bool Ready,
    [property: Id(1)] long Watermark,
    [property: Id(2)] ShardCursor Next,
    [property: Id(3)] IReadOnlyList<ShardTick> Ticks);

/// <summary>One tick of a shard.</summary>
/// <param name="Tick">Unix seconds of its end.</param>
/// <param name="Counters">Cumulative over all nodes and incarnations of the shard.</param>
/// <param name="InFlight">Requests in progress on the live nodes.</param>
/// <param name="Nodes">How many nodes reported for this tick; 0 makes no point of history.</param>
/// <param name="Changed">Cumulative counts of the buckets that changed in this tick.</param>
[GenerateSerializer, Immutable, Alias("Kairos.ShardTick")]
public sealed record ShardTick(
    [property: Id(0)] long Tick,
    [property: Id(1)] RequestCounters Counters,
    [property: Id(2)] int InFlight,
    [property: Id(3)] int Nodes,
    [property: Id(4)] Sketch Changed);
