using Orleans.Concurrency;

namespace Kairos;

/// <summary>
/// Rolls the shards' ticks up into one series of the whole cluster, publishes a snapshot each second, and keeps history.
/// One grain a scope; the key is the scope.
/// </summary>
[GrainInterfaceType("kairos.time-series"), Alias("Kairos.ITimeSeriesGrain")]
public interface ITimeSeriesGrain : IGrainWithStringKey
{
    /// <summary>Starts the roll-up where it does not run yet.</summary>
    [Alias("KeepAlive")]
    Task KeepAliveAsync();

    /// <summary>
    /// The snapshots after a tick, ascending, at most the last 61; empty before the first one.
    /// What a node fetches on arrival, after silence, and for a gap.
    /// </summary>
    [Alias("GetSnapshots"), AlwaysInterleave]
    Task<IReadOnlyList<Snapshot>> GetSnapshotsAsync(long afterTick);

    /// <summary>
    /// The points of history with a tick in (<paramref name="fromTick"/>, <paramref name="toTick"/>], ascending: for each step, ending at whole
    /// multiples of <paramref name="stepSeconds"/>, the last point in it; 0 chooses the smallest step that fits. Seconds without a point are missing. At most
    /// <paramref name="pointsMax"/>, the newest ones.
    /// </summary>
    [Alias("GetHistory"), AlwaysInterleave]
    Task<IReadOnlyList<HistoryPoint>> GetHistoryAsync(long fromTick, long toTick, int stepSeconds, int pointsMax);
}
