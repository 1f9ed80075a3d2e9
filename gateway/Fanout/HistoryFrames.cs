using System.Collections.Concurrent;

namespace Kairos.Gateway;

/// <summary>
/// The last hour as TimeSeries events. Read from the series and encoded once a tick and metric, however many clients ask.
/// Thread-safe.
/// </summary>
internal sealed class HistoryFrames(IGrainFactory grains, SnapshotHub hub, TimeProvider timeProvider)
{
    /// <summary>How far back, without a choice of the client's.</summary>
    private const int Seconds = 3_600;

    /// <summary>Points of one event; the step is the smallest that gives no more.</summary>
    private const int PointsMax = 720;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private Reading? _reading;

    /// <summary>One event for each metric of the set, in its order.</summary>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> GetAsync(MetricSet metrics)
    {
        var reading = Current();
        var points = await reading.Points;
        return [.. metrics.Metrics.Select(metric =>
            (ReadOnlyMemory<byte>)reading.Frames.GetOrAdd(metric, static (m, all) => EventWriter.TimeSeries(m, all), points))];
    }

    private Reading Current()
    {
        var latest = hub.Latest ?? throw new InvalidOperationException("History was asked for before the first snapshot.");
        lock (_lock)
        {
            if (_reading is null || _reading.Tick != latest.Tick || _reading.Points.IsFaulted || _reading.Points.IsCanceled)
            {
                _reading = new Reading(latest.Tick, ReadAsync(latest));
            }

            return _reading;
        }
    }

    private async Task<IReadOnlyList<HistoryPoint>> ReadAsync(Snapshot latest)
    {
        var points = await grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope)
            .GetHistoryAsync(latest.Tick - Seconds, latest.Tick, 0, PointsMax)
            .WaitAsync(CallTimeout, timeProvider);

        // The last point is the newest tick, also when no node has closed one yet.
        return points is [.., var last] && last.Tick == latest.Tick
            ? points
            : [.. points.TakeLast(PointsMax - 1), new HistoryPoint(latest.Tick, latest.Counters, latest.InFlight)];
    }

    private sealed record Reading(long Tick, Task<IReadOnlyList<HistoryPoint>> Points)
    {
        public ConcurrentDictionary<Metric, byte[]> Frames { get; } = new();
    }
}
