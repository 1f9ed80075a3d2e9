namespace Kairos.Grains;

/// <summary>What storage holds of the roll-up besides history.</summary>
/// <param name="Generation">See <see cref="Snapshot"/>.</param>
/// <param name="Tick">The last tick rolled up.</param>
/// <param name="Shards">How many shards there were.</param>
/// <param name="Sequence">The last chunk of history that belongs to it.</param>
/// <param name="Scopes">Every scope.</param>
/// <remarks>Ids 2 and 3 held sums by shard and points of history.</remarks>
[GenerateSerializer, Alias("Kairos.SeriesHead")]
internal sealed record RollupHead(
    [property: Id(0)] long Generation,
    [property: Id(1)] long Tick,
    [property: Id(4)] int Shards,
    [property: Id(5)] long Sequence,
    [property: Id(6)] List<StoredScope> Scopes)
{
    /// <summary>Up to which tick each shard had been heard; null in a head of an earlier version, which took them all for heard.</summary>
    [Id(7)]
    public List<long>? HeardTicks { get; init; }
}

/// <summary>What had been shown of a scope, and how much of its history is sealed.</summary>
[GenerateSerializer, Alias("Kairos.StoredScope")]
internal sealed record StoredScope(
    [property: Id(0)] Scope Scope, [property: Id(1)] RequestCounters Total, [property: Id(2)] long SealedTo, [property: Id(3)] long ActiveTick);

/// <summary>What was counted since the chunk before, by scope: points packed as in <see cref="PointBlock"/>.</summary>
[GenerateSerializer, Alias("Kairos.HistoryChunk")]
internal sealed record HistoryChunk([property: Id(0)] List<ChunkScope> Scopes);

/// <summary>The points of one scope in a chunk.</summary>
[GenerateSerializer, Alias("Kairos.ChunkScope")]
internal readonly record struct ChunkScope([property: Id(0)] Scope Scope, [property: Id(1)] byte[] Points);
