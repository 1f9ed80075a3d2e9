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
    /// What was counted since the caller's cursor, by the tick in which it was, up to one tick.
    /// Puts it in storage first, waiting a bounded time for it, so that what is published survives a crash.
    /// </summary>
    [Alias("Collect")]
    Task<ShardTicks> CollectAsync(ShardCursor since, long upToTick);

    /// <summary>The nodes of this shard, those that were there in the last hour included.</summary>
    [Alias("GetNodes")]
    Task<IReadOnlyList<NodeStatus>> GetNodesAsync();
}

/// <summary>How far a caller has what a shard counted.</summary>
/// <param name="Activation">The shard's activation that numbered <see cref="Version"/>.</param>
/// <param name="Version">The number of the last answer that the caller has; to any other the shard gives a <see cref="ShardBaseline"/>.</param>
/// <param name="Tick">The caller has all ticks up to this one, as far as they had come in.</param>
/// <param name="SafeTick">The caller has in storage all that it was told of the ticks up to this one: no successor of it will ask for them one by one.</param>
[GenerateSerializer, Immutable, Alias("Kairos.ShardCursor")]
public readonly record struct ShardCursor(
    [property: Id(0)] Guid Activation, [property: Id(1)] long Version, [property: Id(2)] long Tick, [property: Id(3)] long SafeTick);

/// <summary>A shard's answer to the rollup.</summary>
/// <param name="Ready">
/// False while a shard that has just started waits for the nodes that its storage calls live: its values may be behind what it once showed.
/// </param>
/// <param name="Watermark">Every live node has reported its ticks up to this one.</param>
/// <param name="Next">The cursor to ask with next, but for its safe tick.</param>
/// <param name="Baseline">Where the caller must begin anew; null when this answer goes on from its cursor.</param>
/// <param name="Ticks">What was added, ascending.</param>
[GenerateSerializer, Immutable, Alias("Kairos.ShardTicks")]
public sealed record ShardTicks(
    [property: Id(0)] bool Ready,
    [property: Id(1)] long Watermark,
    [property: Id(2)] ShardCursor Next,
    [property: Id(4)] ShardBaseline? Baseline,
    [property: Id(5)] IReadOnlyList<ShardTick> Ticks)
{
    /// <summary>The last gauges of live nodes that have not reported for the last tick asked for.</summary>
    [Id(6)]
    public Gauges Late { get; init; }

    /// <summary>Requests now in progress on the live nodes, by route and by destination.</summary>
    [Id(7)]
    public IReadOnlyList<SeriesInFlight> InFlight { get; init; } = [];
}

/// <summary>All that a shard counted in the ticks up to one, late ones included.</summary>
[GenerateSerializer, Immutable, Alias("Kairos.ShardBaseline")]
public sealed record ShardBaseline([property: Id(0)] long Tick, [property: Id(1)] IReadOnlyList<PartCounts> Parts);

/// <summary>What a shard lately learned of one tick.</summary>
/// <param name="Tick">Unix seconds of its end.</param>
/// <param name="Nodes">Nodes that reported for it, with their gauges; one tells of a node again when they changed.</param>
/// <param name="Added">What was counted in it beyond what was told before; nothing of a tick that the baseline has.</param>
[GenerateSerializer, Immutable, Alias("Kairos.ShardTickParts")]
public sealed record ShardTick(
    [property: Id(0)] long Tick,
    [property: Id(1)] IReadOnlyList<TickNode> Nodes,
    [property: Id(2)] IReadOnlyList<PartCounts> Added);

/// <summary>The gauges of one node.</summary>
[GenerateSerializer, Immutable, Alias("Kairos.TickNode")]
public readonly record struct TickNode([property: Id(0)] string Node, [property: Id(1)] Gauges Gauges);

/// <summary>
/// Whose counts: a series over all nodes of a shard, or a node over all series. Each request is counted once in either, so that the sum
/// over all series is the cluster's, and so is the sum over all nodes.
/// </summary>
/// <param name="Series">The series; of a node's part without meaning.</param>
/// <param name="Node">The node's name; empty for a series.</param>
[GenerateSerializer, Immutable, Alias("Kairos.PartKey")]
public readonly record struct PartKey([property: Id(0)] SeriesKey Series, [property: Id(1)] string Node)
{
    /// <summary>The part of a series.</summary>
    public static PartKey Of(SeriesKey series) => new(series, "");

    /// <summary>The part of a node.</summary>
    public static PartKey OfNode(string node) => new(SeriesKey.Unmatched, node);
}

/// <summary>What was counted of a part.</summary>
[GenerateSerializer, Immutable, Alias("Kairos.PartCounts")]
public readonly record struct PartCounts([property: Id(0)] PartKey Key, [property: Id(1)] Counts Counts);
