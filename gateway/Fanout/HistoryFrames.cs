using System.Collections.Concurrent;

namespace Kairos.Gateway;

/// <summary>Which history is wanted.</summary>
/// <param name="Scope">Whose.</param>
/// <param name="Seconds">How far back.</param>
/// <param name="StepSeconds">The step; 0 for the smallest that fits.</param>
internal readonly record struct HistoryChoice(Scope Scope, int Seconds, int StepSeconds)
{
    /// <summary>How far back, without a choice of the client's.</summary>
    public const int DefaultSeconds = 3_600;

    /// <summary>Points of one event; the step is the smallest that gives no more.</summary>
    public const int PointsMax = 720;
}

/// <summary>
/// History as TimeSeries events. Read from the series and encoded once a tick, choice and metric, however many clients ask. Thread-safe.
/// </summary>
internal sealed class HistoryFrames(IGrainFactory grains, TimeProvider timeProvider)
{
    /// <summary>Readings of the current tick kept; further ones are not shared.</summary>
    private const int ReadingsMax = 200;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<(HistoryChoice Choice, bool WithDurations), Reader> _readings = new();

    /// <summary>One event for each metric of the set, in its order; the last point is the newest snapshot of the scope.</summary>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> GetAsync(MetricSet metrics, HistoryChoice choice, Snapshot latest)
    {
        var reading = Current((choice, metrics.HasPercentiles), latest);
        var points = await reading.Points;
        return [.. metrics.Metrics.Select(metric =>
            (ReadOnlyMemory<byte>)reading.Frames.GetOrAdd(metric, static (m, all) => EventWriter.TimeSeries(m, all), points))];
    }

    private Reader Current((HistoryChoice Choice, bool WithDurations) key, Snapshot latest)
    {
        if (_readings.TryGetValue(key, out var known) && known.Tick == latest.Tick && !known.HasFailed)
        {
            return known;
        }

        foreach (var (old, reader) in _readings.Count < ReadingsMax ? [] : _readings.ToArray())
        {
            if (reader.Tick < latest.Tick)
            {
                _readings.TryRemove(old, out _);
            }
        }

        var current = new Reader(latest.Tick, new Lazy<Task<IReadOnlyList<HistoryPoint>>>(() => ReadAsync(key.Choice, key.WithDurations, latest)));
        return _readings.Count < ReadingsMax
            ? _readings.AddOrUpdate(key, current, (_, other) => other.Tick >= latest.Tick && !other.HasFailed ? other : current)
            : current;
    }

    private async Task<IReadOnlyList<HistoryPoint>> ReadAsync(HistoryChoice choice, bool withDurations, Snapshot latest)
    {
        var range = await grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope)
            .GetHistoryAsync(new HistoryQuery(choice.Scope, latest.Tick - choice.Seconds, latest.Tick, choice.StepSeconds, HistoryChoice.PointsMax, withDurations))
            .WaitAsync(CallTimeout, timeProvider);

        // The last point is the newest tick, also when no node has closed one yet.
        var points = range.Points;
        return points is [.., var last] && last.Tick == latest.Tick
            ? points
            : [.. points.TakeLast(HistoryChoice.PointsMax - 1), new HistoryPoint(latest.Tick, 1, latest.Counters, default, latest.Gauges, null)];
    }

    /// <summary>One reading of history and the events made of it.</summary>
    private sealed class Reader(long tick, Lazy<Task<IReadOnlyList<HistoryPoint>>> points)
    {
        public long Tick => tick;

        public Task<IReadOnlyList<HistoryPoint>> Points => points.Value;

        public bool HasFailed => Points.IsFaulted || Points.IsCanceled;

        public ConcurrentDictionary<Metric, byte[]> Frames { get; } = new();
    }
}
