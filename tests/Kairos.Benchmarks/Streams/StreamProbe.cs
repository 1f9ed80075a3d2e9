using System.Collections.Concurrent;
using Orleans.Streams;

namespace Kairos.Benchmarks;

/// <summary>Snapshots that a client publishes and itself subscribes to: how long each is under way. Thread-safe.</summary>
internal sealed class StreamProbe(IAsyncStream<Snapshot> stream)
{
    private static readonly TimeSpan ArriveMax = TimeSpan.FromSeconds(10);

    /// <summary>As a cluster's that has seen traffic.</summary>
    private static readonly Sketch Durations = Sketch.Over(
        [.. Enumerable.Range(100, 300).Select(bucket => (ushort)bucket)], [.. Enumerable.Range(0, 300).Select(count => (long)count * count)]);

    private readonly ConcurrentDictionary<long, TaskCompletionSource<double>> _underWay = new();
    private long _sent;

    /// <summary>Milliseconds from now until the subscriber has it.</summary>
    public async Task<double> SendAsync()
    {
        var number = Interlocked.Increment(ref _sent);
        var arrival = _underWay[number] = new TaskCompletionSource<double>(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = TimeProvider.System.GetTimestamp();
        await stream.OnNextAsync(new Snapshot(began, number, default, default, Durations));
        try
        {
            return await arrival.Task.WaitAsync(ArriveMax, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            throw new BenchmarkException($"What was published on {stream.StreamId} did not arrive within {ArriveMax.TotalSeconds:0} s.");
        }
    }

    public Task TookAsync(Snapshot snapshot, StreamSequenceToken? token)
    {
        if (_underWay.TryRemove(snapshot.Tick, out var arrival))
        {
            arrival.SetResult(TimeProvider.System.GetElapsedTime(snapshot.Generation).TotalMilliseconds);
        }

        return Task.CompletedTask;
    }
}
