namespace Kairos;

/// <summary>
/// What a gateway node tells its shard: the ticks that it still keeps because storage does not have them yet, ascending; of very many the
/// oldest, within <see cref="ReportLimits"/>. Values are cumulative since the incarnation began, so a report may be lost, repeated or
/// overtaken. Goes to <see cref="IMetricsShardGrain"/>.
/// </summary>
/// <param name="Node">The node's name, <c>Kairos:Node:Id</c>.</param>
/// <param name="Incarnation">One run of the node's process. Its counters begin at zero.</param>
/// <param name="ClosedTick">The watermark: ticks up to this one are all in this report or in storage, and will not change any more.</param>
/// <param name="Leaving">The node stops: this is its last report, wanted in storage at once.</param>
/// <param name="Ticks">The ticks kept, the open one last.</param>
[GenerateSerializer, Immutable, Alias("Kairos.NodeReport")]
public sealed record NodeReport(
    [property: Id(0)] string Node,
    [property: Id(1)] Guid Incarnation,
    [property: Id(2)] long ClosedTick,
    [property: Id(3)] bool Leaving,
    [property: Id(4)] IReadOnlyList<TickReport> Ticks)
{
    /// <summary>The node finishes its requests and takes no new ones.</summary>
    [Id(5)]
    public bool Draining { get; init; }

    /// <summary>How many shards the node knows of; 0 does not say. Another number than the shard's own would lose counts.</summary>
    [Id(6)]
    public int Shards { get; init; }

    /// <summary>The tick now open on the node's clock, by which the shard notices one that is off; 0 does not say.</summary>
    [Id(7)]
    public long OpenTick { get; init; }
}

/// <summary>How large a report may be. A node keeps to it by itself; a shard refuses what is larger.</summary>
public static class ReportLimits
{
    /// <summary>Series of all ticks together that a node puts into a report; a single tick may have more.</summary>
    public const int SeriesWanted = 20_000;

    /// <summary>Series of all ticks together that a shard takes: the most that one tick of a node can have, and some.</summary>
    public const int SeriesMax = 120_000;

    /// <summary>Ticks that a shard takes.</summary>
    public const int TicksMax = 200;

    /// <summary>Characters of a node's name.</summary>
    public const int NodeLengthMax = 100;
}

/// <summary>One tick of one incarnation.</summary>
/// <param name="Tick">Unix seconds of the instant that ends the tick: it covers (Tick - 1, Tick].</param>
/// <param name="Gauges">Of the node when the tick was captured.</param>
/// <param name="Series">The series that changed in this tick.</param>
/// <remarks>Id 1 was the requests in progress alone.</remarks>
[GenerateSerializer, Immutable, Alias("Kairos.TickReport")]
public sealed record TickReport(
    [property: Id(0)] long Tick,
    [property: Id(3)] Gauges Gauges,
    [property: Id(2)] IReadOnlyList<SeriesReport> Series)
{
    /// <summary>Routes and destinations with requests in progress when the tick was captured.</summary>
    [Id(4)]
    public IReadOnlyList<SeriesInFlight> InFlight { get; init; } = [];
}

/// <summary>One series at the end of a tick.</summary>
/// <param name="Key">Whose requests.</param>
/// <param name="Counters">Cumulative counters.</param>
/// <param name="Changed">Cumulative counts of the buckets that changed in this tick; the others stand as they were.</param>
[GenerateSerializer, Immutable, Alias("Kairos.SeriesReport")]
public sealed record SeriesReport(
    [property: Id(0)] SeriesKey Key,
    [property: Id(1)] RequestCounters Counters,
    [property: Id(2)] Sketch Changed);

/// <summary>What became of a report.</summary>
public enum ReportOutcome
{
    /// <summary>Merged.</summary>
    Merged = 0,

    /// <summary>
    /// The incarnation was folded into the closed sum long ago: nothing of it is taken any more.
    /// The node goes on under a new incarnation with what exceeds <see cref="ReportAck.ClosedAt"/>.
    /// </summary>
    Closed = 1,

    /// <summary>
    /// Another live process reports under the node's name. The node keeps its ticks and tries again: after a restart right after a kill
    /// the former's lease runs out; if it does not, the node must stop. A last report (<see cref="NodeReport.Leaving"/>) is merged even so.
    /// </summary>
    NameTaken = 2,

    /// <summary>The report is one that this shard cannot take, <see cref="ReportAck.Reason"/> says why. The node keeps its ticks.</summary>
    Refused = 3,
}

/// <summary>A shard's answer to a report.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="DurableTick">Ticks up to this one are in storage: the node need not keep them. 0 when none is.</param>
/// <param name="ClosedAt">Of a closed incarnation, the series as they were counted; empty otherwise.</param>
[GenerateSerializer, Immutable, Alias("Kairos.ReportAck")]
public sealed record ReportAck(
    [property: Id(0)] ReportOutcome Outcome,
    [property: Id(1)] long DurableTick,
    [property: Id(2)] IReadOnlyList<ClosedSeries> ClosedAt)
{
    /// <summary>Of a refused report one sentence; empty otherwise.</summary>
    [Id(3)]
    public string Reason { get; init; } = "";
}

/// <summary>The counters of one series of a closed incarnation.</summary>
[GenerateSerializer, Immutable, Alias("Kairos.ClosedSeries")]
public sealed record ClosedSeries([property: Id(0)] SeriesKey Key, [property: Id(1)] RequestCounters Counters);
