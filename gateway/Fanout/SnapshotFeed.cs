using System.Threading.Channels;
using Kairos.Silo;
using Orleans.Streams;

namespace Kairos.Gateway;

/// <summary>
/// This node's one subscription to the stream of snapshots. The stream is allowed to lose events and subscribers: while it is silent the
/// latest snapshot is fetched by a call, and after a while the subscription is made anew. One loop.
/// </summary>
internal sealed class SnapshotFeed(
    IClusterClient client,
    SnapshotHub hub,
    GatewayInstruments instruments,
    TimeProvider timeProvider,
    ILogger<SnapshotFeed> logger) : BackgroundService
{
    /// <summary>A tick and what a slow one may take: without a snapshot for longer, it is fetched.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.4);

    /// <summary>Between two fetches while the stream is silent, and before the first snapshot.</summary>
    private static readonly TimeSpan FetchPeriod = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan FirstFetchPeriod = TimeSpan.FromMilliseconds(100);

    /// <summary>Three ticks without a snapshot: the stream has lost this subscriber, perhaps for good.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TidyPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SubscribeTimeout = TimeSpan.FromSeconds(5);

    // The newest snapshot only: after a stall the stream delivers every stale one.
    private readonly Channel<Snapshot> _arrived =
        Channel.CreateBounded<Snapshot>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private StreamSubscriptionHandle<Snapshot>? _subscription;
    private Task _subscribing = Task.CompletedTask;
    private long _renewedAt;
    private long _arrivedAt;
    private bool _untidy;
    private bool _silent;
    private bool _unreachable;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _arrivedAt = _renewedAt = timeProvider.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            if (await ArrivesAsync(stoppingToken))
            {
                TidyNowAndThen();
                continue;
            }

            RenewIfSilent();
            await FetchAsync(stoppingToken);
        }
    }

    /// <summary>Forwards the next snapshot of the stream; false when it does not come in time.</summary>
    private async Task<bool> ArrivesAsync(CancellationToken stoppingToken)
    {
        var wait = hub.Latest is null ? FirstFetchPeriod : _silent ? FetchPeriod : Patience;
        try
        {
            await _arrived.Reader.WaitToReadAsync(stoppingToken).AsTask().WaitAsync(wait, timeProvider, stoppingToken);
            _arrivedAt = timeProvider.GetTimestamp();
            _silent = false;
            if (_arrived.Reader.TryRead(out var snapshot))
            {
                hub.Publish(snapshot);
            }

            return true;
        }
        catch (TimeoutException)
        {
            _silent = hub.Latest is not null;
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    /// <summary>Subscribes beside the loop, which goes on fetching meanwhile.</summary>
    private void RenewIfSilent()
    {
        var since = _subscription is null ? _renewedAt : Math.Max(_renewedAt, _arrivedAt);
        var wait = _subscription is null ? FetchPeriod : Silence;
        if (!_subscribing.IsCompleted || timeProvider.GetElapsedTime(since) < wait)
        {
            return;
        }

        if (_subscription is not null)
        {
            instruments.StreamSilent();
            logger.StreamSilent(timeProvider.GetElapsedTime(_arrivedAt).TotalSeconds);
        }

        _renewedAt = timeProvider.GetTimestamp();
        _subscribing = SubscribeAsync();
    }

    private async Task SubscribeAsync()
    {
        try
        {
            var subscription = await Stream().SubscribeAsync((snapshot, _) =>
            {
                _arrived.Writer.TryWrite(snapshot);
                return Task.CompletedTask;
            }).WaitAsync(SubscribeTimeout, timeProvider);
            _subscription = subscription;
            _untidy = true;
        }
        catch (Exception e)
        {
            NoteUnreachable(e);
        }
    }

    /// <summary>Ends former subscriptions beside the loop, once the stream is well again.</summary>
    private void TidyNowAndThen()
    {
        if (_untidy && _subscribing.IsCompleted && timeProvider.GetElapsedTime(_renewedAt) >= TidyPeriod)
        {
            _renewedAt = timeProvider.GetTimestamp();
            _subscribing = TidyAsync();
        }
    }

    /// <summary>
    /// Ends every subscription of this node but the present one, those of attempts that seemed to fail included: each would bring every
    /// snapshot once more. Tried again until all are ended.
    /// </summary>
    private async Task TidyAsync()
    {
        try
        {
            foreach (var former in await Stream().GetAllSubscriptionHandles().WaitAsync(SubscribeTimeout, timeProvider))
            {
                if (former.HandleId != _subscription!.HandleId)
                {
                    await former.UnsubscribeAsync().WaitAsync(SubscribeTimeout, timeProvider);
                }
            }

            _untidy = false;
        }
        catch (Exception e)
        {
            logger.FormerSubscriptionStays(e.Reason());
        }
    }

    private IAsyncStream<Snapshot> Stream() => client.GetStreamProvider(SnapshotStreams.Provider)
        .GetStream<Snapshot>(StreamId.Create(SnapshotStreams.Namespace, SnapshotStreams.ClusterScope));

    /// <summary>Reads the latest snapshot by a call.</summary>
    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            var series = client.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope);
            var snapshots = await series.GetSnapshotsAsync(hub.Latest?.Tick ?? 0).WaitAsync(CallTimeout, timeProvider, cancellationToken);
            _unreachable = false;
            if (snapshots.Count > 0)
            {
                hub.Publish(snapshots[^1]);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            NoteUnreachable(e);
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private void NoteUnreachable(Exception e)
    {
        if (!_unreachable && hub.Latest is not null)
        {
            logger.StreamUnreachable(e.Reason());
        }

        _unreachable = true;
    }
}
