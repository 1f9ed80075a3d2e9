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

    /// <summary>How long a tick waits for slow shards and nodes before it is published without them.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    /// <summary>Between two questions to a shard whose nodes have not all reported.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>A new activation waits so long for all shards, since each may show less than it once did until its nodes have reported.</summary>
    private static readonly TimeSpan FirstGrace = TimeSpan.FromSeconds(10);

    /// <summary>How often the head is written: what is younger, the shards still have.</summary>
    private const int HeadEveryTicks = 5;

    private SeriesStorage _storage = null!;
    private SeriesState _state = null!;
    private IAsyncStream<Snapshot> _stream = null!;
    private IGrainTimer _timer = null!;
    private readonly HashSet<int> _unreachable = [];
    private Task<ShardTicks?>?[] _asked = [];
    private DateTimeOffset _activatedAt;
    private bool _published;
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
        _asked = new Task<ShardTicks?>?[_state.ShardCount];

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
        if (_state is not null)
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
            await CollectAsync(tick, cancellationToken);
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

    /// <summary>
    /// Asks every shard, and again those whose nodes are late, until the grace is over. A question that is not answered by then stays open:
    /// its answer counts whenever it comes, and a shard whose silo is lost holds up no other.
    /// </summary>
    private async Task CollectAsync(long tick, CancellationToken cancellationToken)
    {
        var deadline = timeProvider.GetUtcNow() + Grace;
        var open = Enumerable.Range(0, _state.ShardCount).ToList();
        while (true)
        {
            open.ForEach(shard => _asked[shard] ??= AskAsync(shard, tick));
            var left = deadline - timeProvider.GetUtcNow();
            if (left > TimeSpan.Zero)
            {
                Task answered = Task.WhenAll(open.Select(shard => _asked[shard]!));
                await answered.WaitAsync(left, timeProvider, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }

            open.RemoveAll(shard => HasAnswered(shard, tick));
            if (open.Count == 0)
            {
                return;
            }

            if (left <= TimeSpan.Zero)
            {
                instruments.TickIncomplete();
                return;
            }

            await Task.Delay(AskAgain, timeProvider, cancellationToken);
        }
    }

    /// <summary>Takes a shard's answer, if it is there; true when it need not be asked for this tick again.</summary>
    private bool HasAnswered(int shard, long tick)
    {
        if (_asked[shard] is not { IsCompleted: true } asked)
        {
            return false;
        }

        _asked[shard] = null;
        if (asked.Result is not { } answer)
        {
            return true;
        }

        _state.Stage(shard, answer);
        return answer.Watermark >= tick && answer.Next.Tick >= tick;
    }

    private async Task<ShardTicks?> AskAsync(int shard, long tick)
    {
        try
        {
            var grain = GrainFactory.GetGrain<IMetricsShardGrain>(shard);
            var answer = await grain.CollectAsync(_state.CursorOf(shard), tick);
            _unreachable.Remove(shard);
            return answer;
        }
        catch (Exception e) when (e is TimeoutException or OrleansException or IOException)
        {
            instruments.ShardUnreachable();
            if (_unreachable.Add(shard))
            {
                logger.ShardUnreachable(e, shard);
            }

            return null;
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
        return _published || !_state.AllReady && now - _activatedAt > FirstGrace ? next - now : AskAgain;
    }
}
