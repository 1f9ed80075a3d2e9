using System.Threading.Channels;
using Kairos.Gateway;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kairos.Benchmarks;

/// <summary>How long after the end of its tick each snapshot of the cluster reaches a gateway node by the stream. Thread-safe.</summary>
internal sealed class SnapshotArrivals : IAsyncDisposable
{
    // A silo to which many nodes come at once has other things to do, and a client is connected a moment after its start.
    private const int AttemptsMax = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Channel<Snapshot> _arrived = Channel.CreateUnbounded<Snapshot>();
    private readonly List<(Snapshot Snapshot, double SecondsLate)> _seen = [];
    private readonly SnapshotSubscription _subscription;
    private readonly Task _reading;

    /// <param name="client">Over which it is subscribed.</param>
    public SnapshotArrivals(IClusterClient client)
    {
        _subscription = new SnapshotSubscription(client, Scope.Cluster, _arrived.Writer, TimeProvider.System, NullLogger.Instance);
        _reading = ReadAsync();
    }

    public async Task SubscribeAsync()
    {
        for (var attempt = 0; !_subscription.Exists; attempt++)
        {
            if (attempt == AttemptsMax)
            {
                throw new BenchmarkException("The stream of snapshots could not be subscribed to.");
            }

            await _subscription.RenewAsync();
            if (!_subscription.Exists)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    /// <summary>Takes what has arrived since the last call.</summary>
    public IReadOnlyList<(Snapshot Snapshot, double SecondsLate)> Take()
    {
        lock (_seen)
        {
            var taken = _seen.ToArray();
            _seen.Clear();
            return taken;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _subscription.EndAsync();
        _arrived.Writer.Complete();
        await _reading;
    }

    private async Task ReadAsync()
    {
        await foreach (var snapshot in _arrived.Reader.ReadAllAsync())
        {
            var late = TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(snapshot.Tick);
            lock (_seen)
            {
                _seen.Add((snapshot, late.TotalSeconds));
            }
        }
    }
}
