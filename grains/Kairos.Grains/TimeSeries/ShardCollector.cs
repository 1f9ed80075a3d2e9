using Microsoft.Extensions.Logging;

namespace Kairos.Grains;

/// <summary>
/// Asks the shards for their ticks, one question to each at a time. One that is not answered in time stays open: its answer counts whenever
/// it comes, and a shard whose silo is lost holds up no other. Runs on the grain scheduler.
/// </summary>
internal sealed class ShardCollector(
    IGrainFactory grains, Rollup rollup, GrainInstruments instruments, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>How long a tick waits for slow shards and nodes before it is published without them.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    private readonly Task<ShardTicks?>?[] _asked = new Task<ShardTicks?>?[rollup.ShardCount];
    private readonly HashSet<int> _unreachable = [];

    /// <summary>Between two questions to a shard whose nodes have not all reported, and between two tries of the first tick.</summary>
    public static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks every shard, and again those whose nodes are late, until the grace is over.</summary>
    public async Task CollectAsync(long tick, CancellationToken cancellationToken)
    {
        var deadline = timeProvider.GetUtcNow() + Grace;
        var open = Enumerable.Range(0, rollup.ShardCount).ToList();
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

        rollup.Stage(shard, answer);
        return answer.Watermark >= tick && answer.Next.Tick >= tick;
    }

    private async Task<ShardTicks?> AskAsync(int shard, long tick)
    {
        try
        {
            var answer = await grains.GetGrain<IMetricsShardGrain>(shard).CollectAsync(rollup.CursorOf(shard), tick);
            _unreachable.Remove(shard);
            return answer;
        }
        catch (Exception e)
        {
            // Of any kind: a shard that cannot be activated passes on what its storage threw, and must not cost the others their tick.
            instruments.ShardUnreachable();
            if (_unreachable.Add(shard))
            {
                logger.ShardUnreachable(e, shard);
            }

            return null;
        }
    }
}
