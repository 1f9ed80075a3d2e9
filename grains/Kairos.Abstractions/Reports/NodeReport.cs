namespace Kairos;

/// <summary>
/// What a gateway node tells its shard: every tick that it still keeps because storage does not have it yet, ascending.
/// Values are cumulative since the incarnation began, so a report may be lost, repeated or overtaken. Goes to <see cref="IMetricsShardGrain"/>.
/// </summary>
/// <param name="Node">The node's name, <c>Kairos:Node:Id</c>.</param>
/// <param name="Incarnation">One run of the node's process. Its counters begin at zero.</param>
/// <param name="ClosedTick">The watermark: ticks up to this one will not change any more.</param>
/// <param name="Leaving">The node stops: this is its last report, wanted in storage at once.</param>
/// <param name="Ticks">The ticks kept, the open one last.</param>
[GenerateSerializer, Immutable, Alias("Kairos.NodeReport")]
public sealed record NodeReport(
    [property: Id(0)] string Node,
    [property: Id(1)] Guid Incarnation,
    [property: Id(2)] long ClosedTick,
    [property: Id(3)] bool Leaving,
    [property: Id(4)] IReadOnlyList<TickReport> Ticks);

/// <summary>One tick of one incarnation.</summary>
/// <param name="Tick">Unix seconds of the instant that ends the tick: it covers (Tick - 1, Tick].</param>
/// <param name="InFlight">Requests in progress when the tick was captured.</param>
/// <param name="Series">The series that changed in this tick.</param>
[GenerateSerializer, Immutable, Alias("Kairos.TickReport")]
public sealed record TickReport(
    [property: Id(0)] long Tick,
    [property: Id(1)] int InFlight,
    [property: Id(2)] IReadOnlyList<SeriesReport> Series);

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
}

/// <summary>A shard's answer to a report.</summary>
/// <param name="Outcome">Merged or closed.</param>
/// <param name="DurableTick">Ticks up to this one are in storage: the node need not keep them. 0 when none is.</param>
/// <param name="ClosedAt">Of a closed incarnation, the series as they were counted; empty otherwise.</param>
[GenerateSerializer, Immutable, Alias("Kairos.ReportAck")]
public sealed record ReportAck(
    [property: Id(0)] ReportOutcome Outcome,
    [property: Id(1)] long DurableTick,
    [property: Id(2)] IReadOnlyList<ClosedSeries> ClosedAt);

/// <summary>The counters of one series of a closed incarnation.</summary>
[GenerateSerializer, Immutable, Alias("Kairos.ClosedSeries")]
public sealed record ClosedSeries([property: Id(0)] SeriesKey Key, [property: Id(1)] RequestCounters Counters);
