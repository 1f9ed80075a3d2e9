using Orleans.Concurrency;

namespace Kairos;

/// <summary>
/// Rolls the shards' ticks up into the series of every scope, publishes a snapshot of each wanted one each second, and keeps history.
/// One grain a cluster: its key is <see cref="SnapshotStreams.ClusterScope"/>.
/// </summary>
[GrainInterfaceType("kairos.time-series"), Alias("Kairos.ITimeSeriesGrain")]
public interface ITimeSeriesGrain : IGrainWithStringKey
{
    /// <summary>Starts the roll-up where it does not run yet.</summary>
    [Alias("KeepAlive")]
    Task KeepAliveAsync();

    /// <summary>
    /// The snapshots of a scope after a tick, ascending, at most the last 61; empty before the first one. A scope that is not there yet begins
    /// with this: the caller knows that it exists. What a node fetches on arrival, after silence, and for a gap.
    /// </summary>
    /// <param name="scope">Whose.</param>
    /// <param name="afterTick">The last one that the caller has.</param>
    /// <param name="follows">The caller follows the scope: for a while now it is published on its stream.</param>
    [Alias("GetScopeSnapshots"), AlwaysInterleave]
    Task<IReadOnlyList<Snapshot>> GetSnapshotsAsync(Scope scope, long afterTick, bool follows);

    /// <summary>History of a scope, from the finest tier that reaches back far enough; seconds without a point are missing.</summary>
    [Alias("GetScopeHistory"), AlwaysInterleave]
    Task<HistoryRange> GetHistoryAsync(HistoryQuery query);

    /// <summary>
    /// Every second of a scope after a tick, each as it was counted, from the finest tier: for sessions that missed them. Of any scope there is one
    /// for each second in which a gateway node of the cluster reported, also where nothing was counted.
    /// </summary>
    /// <param name="scope">Whose.</param>
    /// <param name="afterTick">The last one that the caller has.</param>
    /// <param name="withDurations">Points carry the durations of their second, whole: they add up.</param>
    [Alias("GetSeconds"), AlwaysInterleave]
    Task<SecondsRange> GetSecondsAsync(Scope scope, long afterTick, bool withDurations);

    /// <summary>The scopes of a kind that have most of something; computed once a tick and query, however many ask.</summary>
    [Alias("GetTop"), AlwaysInterleave]
    Task<TopRanking> GetTopAsync(TopQuery query);

    /// <summary>Every scope that there is, but for the cluster.</summary>
    [Alias("GetScopes"), AlwaysInterleave]
    Task<IReadOnlyList<Scope>> GetScopesAsync();
}
