namespace Kairos.Grains;

/// <summary>What storage holds of a shard in one piece.</summary>
[GenerateSerializer, Alias("Kairos.ShardBase")]
internal sealed record ShardBase(
    [property: Id(0)] long At,
    [property: Id(1)] List<Incarnation> Incarnations,
    [property: Id(2)] ClosedIncarnations Closed,
    [property: Id(3)] TickWindow Window);

/// <summary>What was merged since the entry before: reports, to be merged again on recovery.</summary>
[GenerateSerializer, Alias("Kairos.ShardEntry")]
internal sealed record ShardEntry([property: Id(0)] long At, [property: Id(1)] List<NodeReport> Reports)
{
    /// <summary>Of the incarnations whose clock is off.</summary>
    [Id(2)]
    public Dictionary<Guid, long> ClockOffsets { get; init; } = [];

    /// <summary>Those that said goodbye; the others that a report calls leaving have lost their name.</summary>
    [Id(3)]
    public List<Guid> Left { get; init; } = [];
}
