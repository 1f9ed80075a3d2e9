namespace Kairos.Tests.EndToEnd;

/// <summary>What a silo may hold of that which the cluster has once.</summary>
internal enum GrainRole
{
    /// <summary>The TimeSeries grain, which rolls up and publishes.</summary>
    TimeSeries,

    /// <summary>The queue of the stream of snapshots.</summary>
    Queue,

    /// <summary>The registry of the stream's subscribers.</summary>
    PubSub,

    /// <summary>More shards than any other silo.</summary>
    MostShards,

    /// <summary>None of the grains that exist once, and as few shards as possible.</summary>
    None,
}
