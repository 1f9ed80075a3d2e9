namespace Kairos;

/// <summary>Whether a gateway node is there.</summary>
public enum NodeState
{
    /// <summary>It reports.</summary>
    Live = 0,

    /// <summary>It reports and takes no new requests: it is about to stop.</summary>
    Draining = 1,

    /// <summary>It said goodbye, or has not reported for longer than its lease.</summary>
    Gone = 2,
}

/// <summary>A gateway node as its shard knows it; of a node that was started several times the latest run.</summary>
/// <param name="Node">Its name.</param>
/// <param name="State">Whether it is there.</param>
/// <param name="StartedAt">Unix milliseconds of the first report of this run.</param>
/// <param name="LastReportAt">Unix milliseconds of the latest report.</param>
/// <param name="ClosedTick">The watermark, in the cluster's time: it has reported its ticks up to this one.</param>
/// <param name="InFlight">Requests in progress at the latest report; 0 of a node that is gone.</param>
/// <param name="ClockOffsetSeconds">What is added to its ticks because its clock is off; 0 when it is right.</param>
/// <param name="SaidGoodbye">It is gone because it stopped by itself; false for one that is there or was lost, and from a silo that does not tell yet.</param>
[GenerateSerializer, Immutable, Alias("Kairos.NodeStatus")]
public sealed record NodeStatus(
    [property: Id(0)] string Node,
    [property: Id(1)] NodeState State,
    [property: Id(2)] long StartedAt,
    [property: Id(3)] long LastReportAt,
    [property: Id(4)] long ClosedTick,
    [property: Id(5)] int InFlight,
    [property: Id(6)] long ClockOffsetSeconds,
    [property: Id(7)] bool SaidGoodbye);
