using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Serialization;
using Orleans.Storage;

namespace Kairos.Grains;

/// <inheritdoc cref="IMetricsShardGrain"/>
/// <remarks>
/// Reentrant, so that reports are merged while storage is slow: state changes only between awaits, and one write is in flight at a time.
/// Placed at random: by load, all shards of a cluster that has just started would go to one silo.
/// </remarks>
[Reentrant, RandomPlacement, GrainType("metrics-shard")]
internal sealed class MetricsShardGrain(
    [FromKeyedServices(GrainStorage.Name)] IGrainStorage storage,
    Serializer<ShardBase> bases,
    Serializer<ShardEntry> entries,
    ShardsOptions shards,
    NodeLifetime nodes,
    GrainInstruments instruments,
    TimeProvider timeProvider,
    ILogger<MetricsShardGrain> logger) : Grain, IMetricsShardGrain
{
    /// <summary>How long a collection waits for storage before it answers with what is merged: an outage must not blank the dashboards.</summary>
    private static readonly TimeSpan StorageWait = TimeSpan.FromMilliseconds(500);

    /// <summary>A stop waits this long for storage.</summary>
    private static readonly TimeSpan StorageWaitOnStop = TimeSpan.FromSeconds(2);

    private readonly Guid _activation = Guid.NewGuid();
    private ShardLog _log = null!;
    private ShardState _state = null!;
    private HashSet<Guid> _awaited = [];
    private long _activatedAt;
    private long _durableChanges;
    private Task? _writing;
    private DateTimeOffset _writingSince;

    private long Now => timeProvider.GetUtcNow().ToUnixTimeMilliseconds();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _log = new ShardLog(storage, this.GetGrainId());
        var (stored, entriesAfter) = await _log.ReadAsync();
        _state = new ShardState(stored is null ? null : bases.Deserialize(stored), nodes);
        foreach (var entry in entriesAfter)
        {
            _state.Replay(entries.Deserialize(entry)!);
        }

        _state.TakeUnwritten().Written();
        _durableChanges = _state.Changes;
        _activatedAt = Now;
        _awaited = nodes.EndsWithSilo ? [] : _state.LiveIncarnations(_state.LastMergeAt);
        logger.ShardRecovered(this.GetPrimaryKeyLong(), _state.Total.Requests, entriesAfter.Count, _awaited.Count);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_state is not null)
        {
            await StoreAsync(StorageWaitOnStop);
        }
    }

    public async Task<ReportAck> ReportAsync(NodeReport report)
    {
        if (ReportCheck.Refusal(report, shards) is { } reason)
        {
            instruments.ReportTaken(ReportOutcome.Refused);
            logger.ReportRefused(report.Node, reason);
            return new ReportAck(ReportOutcome.Refused, 0, []) { Reason = reason };
        }

        var (offset, overflows) = (_state.ClockOffset(report.Incarnation), _state.Overflows);
        var ack = _state.Merge(report, Now);
        instruments.ReportTaken(ack.Outcome);
        instruments.SeriesOverflowed(_state.Overflows - overflows);
        NoteClock(report, offset);
        if (report.ClosedTick >= report.OpenTick - 1 || ack.Outcome != ReportOutcome.Merged)
        {
            // A report of the oldest ticks alone would not bring back all that was once shown.
            _awaited.Remove(report.Incarnation);
        }

        if (report.Leaving && ack.Outcome is ReportOutcome.Merged or ReportOutcome.NameTaken)
        {
            await StoreAsync(StorageWaitOnStop);
            ack = ack with { DurableTick = _state.DurableTick(report.Incarnation) };
        }

        return ack;
    }

    public Task<IReadOnlyList<NodeStatus>> GetNodesAsync() => Task.FromResult<IReadOnlyList<NodeStatus>>(_state.Nodes(Now));

    public async Task<ShardTicks> CollectAsync(ShardCursor since, long upToTick)
    {
        var now = Now;
        var ready = _awaited.Count == 0 || now - _activatedAt > Incarnations.LeaseMilliseconds;
        var (baseline, ticks) = _state.Tell(since, known: since.Activation == _activation, upToTick);
        var answer = new ShardTicks(ready, _state.Watermark(now), new ShardCursor(_activation, _state.Version, upToTick, since.SafeTick), baseline, ticks)
        {
            Late = _state.Late(upToTick, now),
            InFlight = _state.InFlight(now),
        };

        // Taken before the write: what is merged while that is under way is not in storage when it ends, and waits for the next question.
        await StoreAsync(StorageWait);
        return answer;
    }

    private void NoteClock(NodeReport report, long formerOffset)
    {
        var offset = _state.ClockOffset(report.Incarnation);
        if (offset == formerOffset)
        {
            return;
        }

        instruments.ClockCorrected();
        if (offset == 0)
        {
            logger.NodeClockRight(report.Node);
        }
        else
        {
            logger.NodeClockOff(report.Node, Math.Abs(offset), offset > 0 ? "behind" : "ahead of");
        }
    }

    /// <summary>
    /// Waits until storage has what is merged by now, or gives up after a while; the write goes on. While an earlier write has been under
    /// way for that long, nothing is waited for at all.
    /// </summary>
    private async Task StoreAsync(TimeSpan wait)
    {
        var wanted = _state.Changes;
        try
        {
            while (_durableChanges < wanted)
            {
                _writing ??= WriteAsync();
                var left = _writingSince + wait - timeProvider.GetUtcNow();
                if (left <= TimeSpan.Zero)
                {
                    instruments.StorageLate();
                    return;
                }

                await _writing.WaitAsync(left, timeProvider);
            }
        }
        catch (TimeoutException)
        {
            instruments.StorageLate();
        }
        catch (Exception e) when (e is not InconsistentStateException)
        {
            // Logged and counted where it was thrown; the next collection tries again.
        }
    }

    private async Task WriteAsync()
    {
        _writingSince = timeProvider.GetUtcNow();
        await Task.Yield();
        var changes = _state.Changes;
        var (entry, written) = _state.TakeUnwritten();
        try
        {
            if (_log.NeedsBase)
            {
                var (state, folded) = _state.ToBase(Now);
                await _log.WriteBaseAsync(bases.SerializeToArray(state));
                folded();
            }
            else
            {
                await _log.AppendAsync(entries.SerializeToArray(entry));
            }

            written();
            _durableChanges = changes;
        }
        catch (InconsistentStateException e)
        {
            logger.ShardSuperseded(e, this.GetPrimaryKeyLong());
            DeactivateOnIdle();
            throw;
        }
        catch (Exception e)
        {
            _state.PutBack(entry);
            instruments.StorageFailed();
            logger.StorageFailed(e, "MetricsShard", this.GetPrimaryKeyLong());
            throw;
        }
        finally
        {
            _writing = null;
        }
    }
}
