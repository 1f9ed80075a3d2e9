using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Serialization;
using Orleans.Storage;
using Orleans.Streams;

namespace Kairos.Grains;

/// <inheritdoc cref="ITimeSeriesGrain"/>
/// <remarks>
/// A timer rolls up once a tick, shortly after its end; reads interleave with it. Storage and stream are written beside it, one write of
/// each in flight, so that neither holds up the next tick.
/// </remarks>
[GrainType("time-series")]
internal sealed class TimeSeriesGrain(
    [FromKeyedServices(GrainStorage.Name)] IGrainStorage storage,
    Serializer<SeriesHead> heads,
    Serializer<List<HistoryPoint>> blocks,
    ShardsOptions shards,
    GrainInstruments instruments,
    TimeProvider timeProvider,
    ILogger<TimeSeriesGrain> logger) : Grain, ITimeSeriesGrain
{
    /// <summary>From the end of a tick to the first collection: the nodes' reports arrive meanwhile.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(40);

    /// <summary>A new activation waits so long for all shards, since each may show less than it once did until its nodes have reported.</summary>
    private static readonly TimeSpan FirstGrace = TimeSpan.FromSeconds(10);

    /// <summary>How often the head is written: what is younger, the shards still have.</summary>
    private const int HeadEveryTicks = 5;

    private SeriesStorage _storage = null!;
    private SeriesState _state = null!;
    private IAsyncStream<Snapshot> _stream = null!;
    private IGrainTimer _timer = null!;
    private ShardCollector _shards = null!;
    private DateTimeOffset _activatedAt;
    private bool _published;
    private bool _superseded;
    private Task _publishing = Task.CompletedTask;
    private Task _saving = Task.CompletedTask;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _storage = new SeriesStorage(storage, this.GetGrainId(), heads, blocks);
        var (head, history) = await _storage.ReadAsync();
        var now = timeProvider.GetUtcNow().ToUnixTimeSeconds();
        if (head?.Tick > now)
        {
            // Better ticks twice than a gateway that stays silent until the clock has caught up.
            logger.ClockBehind(head.Tick - now);
            head = head with { Tick = now };
        }

        _state = new SeriesState(shards.Count, head, history);
        _shards = new ShardCollector(GrainFactory, _state, instruments, timeProvider, logger);

        // The new generation is in storage before anything is published under it: of two activations one fails here.
        await _storage.WriteAsync(_state);
        _activatedAt = timeProvider.GetUtcNow();
        _stream = this.GetStreamProvider(SnapshotStreams.Provider)
            .GetStream<Snapshot>(StreamId.Create(SnapshotStreams.Namespace, this.GetPrimaryKeyString()));
        _timer = this.RegisterGrainTimer(RollUpAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan) { KeepAlive = true });
        logger.SeriesRecovered(this.GetPrimaryKeyString(), _state.Tick, _state.Total.Requests, _state.Generation);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_state is not null && !_superseded)
        {
            await _saving;
            await SaveAsync();
        }
    }

    public Task KeepAliveAsync() => Task.CompletedTask;

    public Task<IReadOnlyList<Snapshot>> GetSnapshotsAsync(long afterTick) =>
        Task.FromResult<IReadOnlyList<Snapshot>>([.. _state.Recent.Where(s => s.Tick > afterTick)]);

    public Task<IReadOnlyList<HistoryPoint>> GetHistoryAsync(long fromTick, long toTick, int stepSeconds, int pointsMax) =>
        Task.FromResult<IReadOnlyList<HistoryPoint>>(_state.History.Range(fromTick, toTick, Math.Max(stepSeconds, 0), Math.Max(pointsMax, 1)));

    private async Task RollUpAsync(CancellationToken cancellationToken)
    {
        // A clock set back never rolls a tick back.
        var tick = Math.Max(timeProvider.GetUtcNow().ToUnixTimeSeconds(), _state.Tick);
        try
        {
            await _shards.CollectAsync(tick, cancellationToken);
            var waited = timeProvider.GetUtcNow() - _activatedAt > FirstGrace;
            if (tick > _state.Tick && (_published || _state.AllReady || waited))
            {
                _state.Advance(tick);
                _published = true;
                Publish(_state.Recent.Last());
                if (tick % HeadEveryTicks == 0 && _saving.IsCompleted)
                {
                    _saving = SaveAsync();
                }
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            logger.RollupFailed(e, tick);
        }
        finally
        {
            _timer.Change(UntilNext(), Timeout.InfiniteTimeSpan);
        }
    }

    private void Publish(Snapshot snapshot)
    {
        if (!_publishing.IsCompleted)
        {
            instruments.SnapshotNotPublished();
            return;
        }

        _publishing = PublishAsync(snapshot);
    }

    private async Task PublishAsync(Snapshot snapshot)
    {
        try
        {
            await _stream.OnNextAsync(snapshot).WaitAsync(TimeSpan.FromSeconds(1), timeProvider);
        }
        catch (Exception e)
        {
            instruments.SnapshotNotPublished();
            logger.PublishFailed(e);
        }
    }

    private async Task SaveAsync()
    {
        try
        {
            await _storage.WriteAsync(_state);
        }
        catch (InconsistentStateException e)
        {
            _superseded = true;
            logger.SeriesSuperseded(e, this.GetPrimaryKeyString());
            DeactivateOnIdle();
        }
        catch (Exception e)
        {
            instruments.StorageFailed();
            logger.StorageFailed(e, "TimeSeries", this.GetPrimaryKeyString());
        }
    }

    private TimeSpan UntilNext()
    {
        var now = timeProvider.GetUtcNow();
        var next = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() + 1) + Settle;
        return _published || !_state.AllReady && now - _activatedAt > FirstGrace ? next - now : ShardCollector.AskAgain;
    }
}
