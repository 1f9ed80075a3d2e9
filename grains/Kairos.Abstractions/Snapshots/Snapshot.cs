namespace Kairos;

/// <summary>
/// A scope at the end of one tick, published on an Orleans stream and read by every gateway node's hub.
/// Values are cumulative: a rate or a percentile of an interval is the difference of two snapshots.
/// </summary>
/// <param name="Generation">Grows with each activation of the TimeSeries grain: a lower one is a duplicate that lost.</param>
/// <param name="Tick">Unix seconds of the tick's end.</param>
/// <param name="Counters">Cumulative since the cluster began.</param>
/// <param name="Gauges">Over the live nodes.</param>
/// <param name="Durations">Cumulative sketch of request durations.</param>
[GenerateSerializer, Immutable, Alias("Kairos.Snapshot")]
public sealed record Snapshot(
    [property: Id(0)] long Generation,
    [property: Id(1)] long Tick,
    [property: Id(2)] RequestCounters Counters,
    [property: Id(3)] Gauges Gauges,
    [property: Id(4)] Sketch Durations);

/// <summary>The names under which silos publish snapshots and gateway nodes subscribe to them.</summary>
public static class SnapshotStreams
{
    /// <summary>The Orleans stream provider.</summary>
    public const string Provider = "snapshots";

    /// <summary>The key of the cluster's stream and of the TimeSeries grain.</summary>
    public const string ClusterScope = "cluster";

    /// <summary>The namespace of the streams; a stream's key is <see cref="Scope.Key"/>.</summary>
    public const string Namespace = "snapshots";
}
