namespace Kairos.Grains;

/// <summary>What a shard knows of one run of a node's process. Runs on the grain scheduler.</summary>
[GenerateSerializer, Alias("Kairos.Incarnation")]
internal sealed class Incarnation
{
    [Id(0)] public string Node { get; init; } = "";

    [Id(1)] public Guid Id { get; init; }

    /// <summary>The watermark: the node will not change ticks up to this one.</summary>
    [Id(2)] public long ClosedTick { get; set; }

    [Id(3)] public int InFlight { get; set; }

    /// <summary>Unix milliseconds of the shard's clock.</summary>
    [Id(4)] public long LastReportAt { get; set; }

    /// <summary>It said goodbye, or a later incarnation of the node reports.</summary>
    [Id(5)] public bool Ended { get; set; }

    [Id(6)] public Dictionary<SeriesKey, SeriesTotals> Series { get; init; } = [];

    /// <summary>Storage has its ticks up to this one. Known anew after each write, hence not stored.</summary>
    [field: NonSerialized]
    public long DurableTick { get; set; }
}

/// <summary>Cumulative values of one series of one incarnation.</summary>
[GenerateSerializer, Alias("Kairos.SeriesTotals")]
internal sealed class SeriesTotals
{
    [Id(0)] public RequestCounters Counters { get; set; }

    [Id(1)] public Sketch Durations { get; init; } = new();
}
