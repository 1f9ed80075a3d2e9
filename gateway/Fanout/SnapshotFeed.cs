using System.Threading.Channels;
using Kairos.Silo;

namespace Kairos.Gateway;

/// <summary>
/// Brings the snapshots of one scope to this node's hub of it, by one subscription to its stream. The stream is allowed to lose events and
/// subscribers: while it is silent the latest snapshot is fetched by a call, and when that shows that the stream has lost some, the
/// subscription is made anew. One loop.
/// </summary>
internal sealed class SnapshotFeed : BackgroundService
{
    /// <summary>A tick and what a slow one may take: without a snapshot for longer, it is fetched.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.4);

    /// <summary>Between two fetches while the stream is silent, and before the first snapshot.</summary>
    private static readonly TimeSpan FetchPeriod = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan FirstFetchPeriod = TimeSpan.FromMilliseconds(90);

    /// <summary>Three ticks without a snapshot: the stream has lost this subscriber, perhaps for good.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan TidyPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The roll-up publishes a scope only while somebody asks for it now and then, at least twice a minute.</summary>
    private static readonly TimeSpan AskPeriod = TimeSpan.FromSeconds(10);

    // The newest snapshot only: after a stall the stream delivers every stale one.
    private readonly Channel<Snapshot> _arrived =
        Channel.CreateBounded<Snapshot>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly IClusterClient _client;
    private readonly SnapshotHub _hub;
    private readonly GatewayInstruments _instruments;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly SnapshotSubscription _subscription;
    private Task _subscribing = Task.CompletedTask;
    private Task<bool>? _arrival;
    private long _renewedAt;
    private long _arrivedAt;
    private long _newerAt;
    private long _fetchedAt;
    private bool _silent;
    private bool _missed;
    private bool _unreachable;

    public SnapshotFeed(
        IClusterClient client, SnapshotHub hub, GatewayInstruments instruments, TimeProvider timeProvider, ILogger<SnapshotFeed> logger)
    {
        (_client, _hub, _instruments, _timeProvider, _logger) = (client, hub, instruments, timeProvider, logger);
        _subscription = new SnapshotSubscription(client, hub.Scope, _arrived.Writer, timeProvider, logger);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await _subscription.EndAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _arrivedAt = _newerAt = _renewedAt = _timeProvider.GetTimestamp();
        if (_hub.Scope != Scope.Cluster)
        {
            // Somebody waits for the first one.
            await FetchAsync(stoppingToken);
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            if (await ArrivesAsync(stoppingToken))
            {
                TidyNowAndThen();
                if (_hub.Scope != Scope.Cluster && _timeProvider.GetElapsedTime(_fetchedAt) >= AskPeriod)
                {
                    await FetchAsync(stoppingToken);
                }
            }
            else
            {
                RenewWhereLost();
                await FetchAsync(stoppingToken);
            }
        }
    }

    /// <summary>Forwards the next snapshot of the stream; false when none that is newer comes in time.</summary>
    private async Task<bool> ArrivesAsync(CancellationToken stoppingToken)
    {
        var wait = _hub.Latest is null ? FirstFetchPeriod : _silent ? FetchPeriod : Patience;

        // One waiter, however often its time is up: each would stay with the channel until something arrives.
        _arrival ??= _arrived.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        Task arrival = _arrival;
        await arrival.WaitAsync(wait, _timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!arrival.IsCompleted)
        {
            // Also before the first: a new subscription takes a while to bring one, and until then the node must not show an old one.
            _silent = true;
            return stoppingToken.IsCancellationRequested;
        }

        _arrival = null;
        if (!_arrived.Reader.TryRead(out var snapshot) || !_hub.Publish(snapshot))
        {
            // Stale, or of a roll-up that has lost: not what is waited for.
            return false;
        }

        _arrivedAt = _newerAt = _timeProvider.GetTimestamp();
        (_silent, _missed) = (false, false);
        return true;
    }

    /// <summary>Subscribes beside the loop, which goes on fetching meanwhile. Where nothing newer can be fetched either, the stream is not at fault.</summary>
    private void RenewWhereLost()
    {
        var (wait, since) = _subscription.Exists ? (Silence, Math.Max(_renewedAt, _arrivedAt)) : (FetchPeriod, _renewedAt);
        if (!_subscribing.IsCompleted || _timeProvider.GetElapsedTime(since) < wait || (_subscription.Exists && !_missed))
        {
            return;
        }

        if (_subscription.Exists)
        {
            _instruments.StreamSilent();
            _logger.StreamSilent(_timeProvider.GetElapsedTime(_arrivedAt).TotalSeconds);
        }

        _renewedAt = _timeProvider.GetTimestamp();
        _subscribing = _subscription.RenewAsync();
    }

    /// <summary>Ends former subscriptions beside the loop, once the stream is well again.</summary>
    private void TidyNowAndThen()
    {
        if (_subscription.IsUntidy && _subscribing.IsCompleted && _timeProvider.GetElapsedTime(_renewedAt) >= TidyPeriod)
        {
            _renewedAt = _timeProvider.GetTimestamp();
            _subscribing = _subscription.TidyAsync();
        }
    }

    /// <summary>Reads the latest snapshot by a call.</summary>
    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        if (_timeProvider.GetElapsedTime(_fetchedAt) < FirstFetchPeriod)
        {
            // Stale events come in bursts.
            return;
        }

        _fetchedAt = _timeProvider.GetTimestamp();
        try
        {
            // Where nothing newer came either way for long, from the beginning: a roll-up whose silo's clock is behind has no later ticks.
            var known = _timeProvider.GetElapsedTime(_newerAt) < Silence ? _hub.Latest?.Tick ?? 0 : 0;
            var series = _client.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope);
            var snapshots = await series.GetSnapshotsAsync(_hub.Scope, known, follows: true).WaitAsync(CallTimeout, _timeProvider, cancellationToken);
            _unreachable = false;
            if (snapshots.Count > 0)
            {
                _hub.Backfill([.. snapshots.SkipLast(1)]);
                if (_hub.Publish(snapshots[^1]))
                {
                    _newerAt = _timeProvider.GetTimestamp();
                    _missed = true;
                }
            }
        }
        catch (Exception e)
        {
            if (!_unreachable && _hub.Latest is not null && !cancellationToken.IsCancellationRequested)
            {
                _logger.StreamUnreachable(e.Reason());
            }

            _unreachable = true;
        }
    }
}
