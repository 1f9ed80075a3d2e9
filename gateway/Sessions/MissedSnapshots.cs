using System.Collections.Concurrent;
using Kairos.Silo;

namespace Kairos.Gateway;

/// <summary>
/// Finds the snapshots that sessions missed: among those that the hub still has, else in the series. A reading of the series serves all
/// sockets that missed the same seconds and ask within seconds of each other, thousands after the death of a node. Thread-safe.
/// </summary>
internal sealed class MissedSnapshots
{
    /// <summary>Readings kept; further ones are not shared.</summary>
    private const int ReadingsMax = 100;

    /// <summary>A reading serves for so many ticks, and is let go then: what has come since, the hub has.</summary>
    private const int ServesTicks = 15;

    /// <summary>Readings begin at whole multiples of it, so that clients that left one after another share one.</summary>
    private const int SharedSeconds = 60;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<(Scope Scope, bool WithDurations, long AfterTick), (long Tick, Lazy<Task<MissedReading>> Reading)> _readings = new();
    private readonly IGrainFactory _grains;
    private readonly GatewayInstruments _instruments;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;

    public MissedSnapshots(
        IGrainFactory grains, SnapshotHub cluster, GatewayInstruments instruments, TimeProvider timeProvider, ILogger<MissedSnapshots> logger)
    {
        (_grains, _instruments, _timeProvider, _logger) = (grains, instruments, timeProvider, logger);
        cluster.Published += snapshot => LetGo(snapshot.Tick - ServesTicks);
    }

    /// <summary>What there is after the last tick that a client has. Fails when the series does not answer; that is logged here.</summary>
    /// <param name="hub">Of the scope.</param>
    /// <param name="metrics">What each frame has.</param>
    /// <param name="intervalSeconds">The width of the grid.</param>
    /// <param name="lastTick">The last tick that the client has.</param>
    /// <param name="asOfTick">It has been told what was counted until then: a snapshot of an earlier tick might tell less.</param>
    /// <param name="isStuck">What was there before had nothing for it: nothing but the newest will do.</param>
    public Task<MissedReading> ReadAsync(SnapshotHub hub, MetricSet metrics, int intervalSeconds, long lastTick, long asOfTick, bool isStuck)
    {
        var recent = hub.Recent();
        if (lastTick + intervalSeconds >= asOfTick && recent.Covers(lastTick, intervalSeconds))
        {
            return Task.FromResult(recent);
        }

        var tick = hub.Latest!.Tick;
        var wanted = isStuck ? tick : Math.Min(tick, Math.Max(tick - ServesTicks, Math.Max(lastTick + intervalSeconds, asOfTick)));
        return (Known(hub.Scope, metrics.HasPercentiles, lastTick, wanted) ?? New((hub.Scope, metrics.HasPercentiles, lastTick / SharedSeconds * SharedSeconds), wanted, tick)).Value;
    }

    private Lazy<Task<MissedReading>>? Known(Scope scope, bool withDurations, long lastTick, long wanted)
    {
        foreach (var (key, (tick, reading)) in _readings)
        {
            if (key.AfterTick <= lastTick && tick >= wanted && key.Scope == scope && (key.WithDurations || !withDurations) && !HasFailed(reading))
            {
                return reading;
            }
        }

        return null;
    }

    private Lazy<Task<MissedReading>> New((Scope Scope, bool WithDurations, long AfterTick) key, long wanted, long tick)
    {
        var current = (tick, new Lazy<Task<MissedReading>>(() => ReadAsync(key.Scope, key.AfterTick, key.WithDurations)));
        return _readings.Count < ReadingsMax
            ? _readings.AddOrUpdate(key, current, (_, other) => other.Tick >= wanted && !HasFailed(other.Reading) ? other : current).Reading
            : current.Item2;
    }

    /// <summary>Of an hour of percentiles a reading has some megabytes.</summary>
    private void LetGo(long beforeTick)
    {
        foreach (var (old, entry) in _readings)
        {
            if (entry.Tick < beforeTick)
            {
                _readings.TryRemove(old, out _);
            }
        }
    }

    private async Task<MissedReading> ReadAsync(Scope scope, long afterTick, bool withDurations)
    {
        try
        {
            _instruments.MissedRead();
            var series = _grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope);
            return MissedReading.Of(await series.GetSecondsAsync(scope, afterTick, withDurations).WaitAsync(CallTimeout, _timeProvider));
        }
        catch (Exception e)
        {
            _logger.MissedUnreadable(e.Reason());
            throw;
        }
    }

    private static bool HasFailed(Lazy<Task<MissedReading>> reading) => reading.IsValueCreated && (reading.Value.IsFaulted || reading.Value.IsCanceled);
}
