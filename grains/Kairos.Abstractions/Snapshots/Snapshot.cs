namespace Kairos;

/// <summary>
/// The whole cluster at the end of one tick, published on an Orleans stream and read by every gateway node's hub.
/// Values are cumulative: a rate or a percentile of an interval is the difference of two snapshots.
/// </summary>
/// <param name="Generation">Grows with each activation of the TimeSeries grain: a lower one is a duplicate that lost.</param>
/// <param name="Tick">Unix seconds of the tick's end.</param>
/// <param name="Counters">Cumulative since the cluster began.</param>
/// <param name="InFlight">Requests in progress on the live nodes, upgraded connections included.</param>
/// <param name="Nodes">Gateway nodes that reported for this tick.</param>
/// <param name="Durations">Cumulative sketch of request durations.</param>
[GenerateSerializer, Immutable, Alias("Kairos.Snapshot")]
public sealed record Snapshot(
    [property: Id(0)] long Generation,
    [property: Id(1)] long Tick,
    [property: Id(2)] RequestCounters Counters,
    [property: Id(3)] int InFlight,
    [property: Id(4)] int Nodes,
    [property: Id(5)] Sketch Durations);

/// <summary>One second of history.</summary>
/// <param name="Tick">Unix seconds of its end.</param>
/// <param name="Counters">Cumulative at that instant.</param>
/// <param name="InFlight">Requests in progress at that instant.</param>
[GenerateSerializer, Immutable, Alias("Kairos.HistoryPoint")]
public readonly record struct HistoryPoint(
    [property: Id(0)] long Tick,
    [property: Id(1)] RequestCounters Counters,
    [property: Id(2)] int InFlight);

/// <summary>The names under which silos publish snapshots and gateway nodes subscribe to them.</summary>
public static class SnapshotStreams
{
    /// <summary>The Orleans stream provider.</summary>
    public const string Provider = "snapshots";

    /// <summary>The scope of the whole cluster: the key of its stream and of its TimeSeries grain.</summary>
    public const string ClusterScope = "cluster";

    /// <summary>The namespace of the streams; a stream's key is its scope.</summary>
    public const string Namespace = "snapshots";
}
