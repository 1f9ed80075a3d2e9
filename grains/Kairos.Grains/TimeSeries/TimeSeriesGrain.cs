using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Serialization;
using Orleans.Storage;

namespace Kairos.Grains;

/// <inheritdoc cref="ITimeSeriesGrain"/>
/// <remarks>
/// A timer rolls up once a tick, shortly after its end; reads interleave with it. Storage and streams are written beside it, one write of
/// each in flight, so that neither holds up the next tick. History is brought back from storage beside it too: snapshots do not wait for it.
/// </remarks>
[GrainType("time-series")]
internal sealed class TimeSeriesGrain(
    [FromKeyedServices(GrainStorage.Name)] IGrainStorage storage,
    Serializer<RollupHead> heads,
    Serializer<HistoryChunk> chunks,
    ShardsOptions shards,
    GrainInstruments instruments,
    TimeProvider timeProvider,
    ILogger<TimeSeriesGrain> logger) : Grain, ITimeSeriesGrain, IDisposable
{
    /// <summary>From the end of a tick to the first collection: the nodes' reports arrive meanwhile.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(40);

    /// <summary>A new activation waits so long for all shards, since each may show less than it once did until its nodes have reported.</summary>
    private static readonly TimeSpan FirstGrace = TimeSpan.FromSeconds(10);

    /// <summary>A question for history waits so long for it to be brought back.</summary>
    private static readonly TimeSpan RestoreWait = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RestoreRetry = TimeSpan.FromSeconds(1);

    /// <summary>How often storage is written: what is younger, the shards still have.</summary>
    private const int SaveEveryTicks = 5;

    private readonly TopRankings _top = new();
    private readonly SnapshotAnswers _answers = new();
    private BlockStore _blocks = null!;
    private RollupStorage _storage = null!;
    private Rollup _rollup = null!;
    private SealRound _sealing = null!;
    private ScopeStreams _streams = null!;
    private HistoryReader _history = null!;
    private IGrainTimer _timer = null!;
    private ShardCollector _shards = null!;
    private DateTimeOffset _activatedAt;
    private bool _published;
    private bool _superseded;
    private Task _restoring = Task.CompletedTask;
    private Task _saving = Task.CompletedTask;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _blocks = new BlockStore(storage, instruments, logger);
        _history = new HistoryReader(_blocks);
        _storage = new RollupStorage(storage, this.GetGrainId(), _blocks, heads, chunks, logger);
        var head = await _storage.ReadAsync();
        var now = timeProvider.GetUtcNow().ToUnixTimeSeconds();
        if (head?.Tick > now)
        {
            // Better ticks twice than a gateway that stays silent until the clock has caught up.
            logger.ClockBehind(head.Tick - now);
            head = head with { Tick = now };
        }

        _rollup = new Rollup(shards.Count, head, instruments);
        _sealing = new SealRound(_rollup.Scopes, _blocks);
        _shards = new ShardCollector(GrainFactory, _rollup, instruments, timeProvider, logger);

        // The new generation is in storage before anything is published under it: of two activations one fails here.
        await _storage.WriteHeadAsync(_rollup);
        _activatedAt = timeProvider.GetUtcNow();
        _streams = new ScopeStreams(this.GetStreamProvider(SnapshotStreams.Provider), instruments, timeProvider, logger);
        _restoring = RestoreAsync(head);
        _timer = this.RegisterGrainTimer(RollUpAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan) { KeepAlive = true });
        logger.SeriesRecovered(_rollup.Scopes.All.Count, _rollup.Tick, _rollup.Total.Requests, _rollup.Generation);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_rollup is not null && !_superseded && _storage.IsRead)
        {
            await _saving;
            await SaveAsync();
        }
    }

    public void Dispose() => _blocks?.Dispose();

    public Task KeepAliveAsync() => Task.CompletedTask;

    public Task<IReadOnlyList<Snapshot>> GetSnapshotsAsync(Scope scope, long afterTick, bool follows)
    {
        if (!_published)
        {
            return Task.FromResult<IReadOnlyList<Snapshot>>([]);
        }

        if (follows)
        {
            _streams.Want(scope);
        }

        return Task.FromResult(_answers.Get(_rollup, scope, afterTick));
    }

    public async Task<HistoryRange> GetHistoryAsync(HistoryQuery query)
    {
        if (_rollup.Scopes.Find(query.Scope) is not { } series)
        {
            return new HistoryRange(Math.Max(query.StepSeconds, 1), []);
        }

        await RestoredAsync(series);
        return await _history.ReadAsync(
            series.History, query with { StepSeconds = Math.Max(query.StepSeconds, 0), PointsMax = Math.Max(query.PointsMax, 1) }, _rollup.Tick);
    }

    public async Task<SecondsRange> GetSecondsAsync(Scope scope, long afterTick, bool withDurations)
    {
        await RestoredAsync(_rollup.Cluster);
        await RestoredAsync(_rollup.Scopes.Find(scope) ?? _rollup.Cluster);

        // Seconds of which others know must not look as if nobody had reported in them: the shards that have not told yet, or who has taken over.
        return _published && !_superseded
            ? await _history.ReadSecondsAsync(_rollup, scope, afterTick, withDurations)
            : new SecondsRange(afterTick, afterTick, afterTick, []);
    }

    public Task<TopRanking> GetTopAsync(TopQuery query) => Task.FromResult(_top.Get(query, _rollup));

    public Task<IReadOnlyList<Scope>> GetScopesAsync() =>
        Task.FromResult<IReadOnlyList<Scope>>([.. _rollup.Scopes.Active(_rollup.Tick).Select(s => s.Scope).Where(s => s != Scope.Cluster)]);

    private async Task RollUpAsync(CancellationToken cancellationToken)
    {
        // A clock set back never rolls a tick back.
        var tick = Math.Max(timeProvider.GetUtcNow().ToUnixTimeSeconds(), _rollup.Tick);
        try
        {
            await _shards.CollectAsync(tick, cancellationToken);
            var waited = timeProvider.GetUtcNow() - _activatedAt > FirstGrace;
            if (tick > _rollup.Tick && (_published || _rollup.AllReady || waited))
            {
                _rollup.Advance(tick);
                _published = true;
                _streams.Publish(_rollup);
                _sealing.SealSome(tick);
                if (tick % SaveEveryTicks == 0 && _saving.IsCompleted && _storage.IsRead)
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

    private Task RestoredAsync(ScopeSeries series) =>
        series.History.IsRestored ? Task.CompletedTask : _restoring.WaitAsync(RestoreWait, timeProvider);

    private async Task RestoreAsync(RollupHead? head)
    {
        // Off the activation's own turn: snapshots come first.
        await Task.Yield();
        while (!_superseded)
        {
            try
            {
                await _storage.RestoreAsync(_rollup, head);
                return;
            }
            catch (Exception e)
            {
                logger.HistoryNotRestored(e);
                await Task.Delay(RestoreRetry, timeProvider);
            }
        }
    }

    private async Task SaveAsync()
    {
        try
        {
            await _storage.WriteAsync(_rollup);
            foreach (var scope in _rollup.Scopes.Forget(_rollup.Tick))
            {
                await _blocks.ClearAsync(scope);
            }
        }
        catch (InconsistentStateException e)
        {
            _superseded = true;
            logger.SeriesSuperseded(e);
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
        return _published || !_rollup.AllReady && now - _activatedAt > FirstGrace ? next - now : ShardCollector.AskAgain;
    }
}
