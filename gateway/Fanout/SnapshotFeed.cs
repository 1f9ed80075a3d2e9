using System.Threading.Channels;
using Orleans.Streams;

namespace Kairos.Gateway;

/// <summary>
/// This node's one subscription to the stream of snapshots. The stream is allowed to lose events and subscribers: after silence the
/// latest snapshot is fetched by a call and the subscription is made anew. One loop.
/// </summary>
internal sealed class SnapshotFeed(
    IClusterClient client,
    SnapshotHub hub,
    GatewayInstruments instruments,
    TimeProvider timeProvider,
    ILogger<SnapshotFeed> logger) : BackgroundService
{
    /// <summary>Three ticks without a snapshot are silence.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan FetchRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    // The newest snapshot only: after a stall the stream delivers every stale one.
    private readonly Channel<Snapshot> _arrived =
        Channel.CreateBounded<Snapshot>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private StreamSubscriptionHandle<Snapshot>? _subscription;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await SubscribeAsync().WaitAsync(CallTimeout, timeProvider, stoppingToken);
                await FetchAsync(stoppingToken);
                await ForwardUntilSilentAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.StreamUnreachable(e);
                await Task.Delay(FetchRetry, timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task SubscribeAsync()
    {
        var stream = client.GetStreamProvider(SnapshotStreams.Provider)
            .GetStream<Snapshot>(StreamId.Create(SnapshotStreams.Namespace, SnapshotStreams.ClusterScope));
        if (_subscription is { } former)
        {
            _subscription = null;
            await former.UnsubscribeAsync();
        }

        _subscription = await stream.SubscribeAsync((snapshot, _) =>
        {
            _arrived.Writer.TryWrite(snapshot);
            return Task.CompletedTask;
        });
    }

    /// <summary>Reads the latest snapshot by a call: the stream brings the next one only, and that perhaps late.</summary>
    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        var series = client.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope);
        while (true)
        {
            var snapshots = await series.GetSnapshotsAsync(hub.Latest?.Tick ?? 0).WaitAsync(CallTimeout, timeProvider, cancellationToken);
            if (snapshots.Count > 0)
            {
                hub.Publish(snapshots[^1]);
            }

            if (hub.Latest is not null)
            {
                return;
            }

            await Task.Delay(FetchRetry, timeProvider, cancellationToken);
        }
    }

    private async Task ForwardUntilSilentAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _arrived.Reader.WaitToReadAsync(cancellationToken).AsTask().WaitAsync(Silence, timeProvider, cancellationToken);
                if (_arrived.Reader.TryRead(out var snapshot))
                {
                    hub.Publish(snapshot);
                }
            }
        }
        catch (TimeoutException)
        {
            instruments.StreamSilent();
            logger.StreamSilent(Silence.TotalSeconds);
        }
    }
}
