namespace Kairos.Grains;

/// <summary>What a shard knows of one run of a node's process. Ticks are by the node's own clock. Runs on the grain scheduler.</summary>
[GenerateSerializer, Alias("Kairos.Incarnation")]
internal sealed class Incarnation
{
    [Id(0)] public string Node { get; init; } = "";

    [Id(1)] public Guid Id { get; init; }

    /// <summary>The watermark: the node will not change ticks up to this one.</summary>
    [Id(2)] public long ClosedTick { get; set; }

    // Id 3 held the requests in progress alone.
    [Id(10)] public Gauges Gauges { get; set; }

    /// <summary>Unix milliseconds of the shard's clock.</summary>
    [Id(4)] public long LastReportAt { get; set; }

    /// <summary>It said goodbye, or a later incarnation has its name.</summary>
    [Id(5)] public bool Ended { get; set; }

    [Id(6)] public Dictionary<SeriesKey, Counts> Series { get; init; } = [];

    /// <summary>Unix milliseconds of the shard's clock.</summary>
    [Id(7)] public long EnteredAt { get; init; }

    /// <summary>Seconds to add to its ticks: its clock is off by so many.</summary>
    [Id(8)] public long ClockOffset { get; set; }

    /// <summary>It said goodbye: a report that was overtaken by that does not bring it back.</summary>
    [Id(9)] public bool Left { get; set; }

    /// <summary>Known anew with the next report, hence not stored.</summary>
    [field: NonSerialized]
    public bool Draining { get; set; }

    /// <summary>By route and by destination. Known anew with the next report, hence not stored.</summary>
    [field: NonSerialized]
    public IReadOnlyList<SeriesInFlight> InFlight { get; set; } = [];

    /// <summary>The last report's clock was off; a single one may only have been long under way.</summary>
    [field: NonSerialized]
    public bool ClockDoubted { get; set; }

    /// <summary>Storage has its ticks up to this one. Known anew after each write, hence not stored.</summary>
    [field: NonSerialized]
    public long DurableTick { get; set; }

    /// <summary>The watermark in the cluster's time.</summary>
    public long ClosedClusterTick => ClosedTick + ClockOffset;

    public bool IsLive(long now, long lease) => !Ended && now - LastReportAt <= lease;
}
