using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kairos.Silo;

/// <summary>
/// Keeps the grains running of which a cluster has one: calls each now and then, so that it is activated again wherever its silo was lost. Each
/// by itself: one that does not answer holds up no other.
/// </summary>
internal sealed class GrainKeeper(IGrainFactory grains, TimeProvider timeProvider, ILogger<GrainKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan RollupPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>While the roll-up does not answer, dashboards stand still for so much longer.</summary>
    private static readonly TimeSpan RollupRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>Whoever needs the directory calls it anyway; this is for sessions that expire while nobody does.</summary>
    private static readonly TimeSpan DirectoryPeriod = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan DirectoryRetry = TimeSpan.FromSeconds(1);

    // A call to a silo that has just been lost must not hold up the next, which finds the grain a new place.
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LogPeriod = TimeSpan.FromSeconds(10);

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var rollup = grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope);
        var directory = grains.GetGrain<ISessionDirectoryGrain>(ISessionDirectoryGrain.Key);
        return Task.WhenAll(
            KeepAsync(rollup.KeepAliveAsync, RollupPeriod, RollupRetry, logger.RollupUnreachable, stoppingToken),
            KeepAsync(directory.KeepAliveAsync, DirectoryPeriod, DirectoryRetry, logger.DirectoryUnreachable, stoppingToken));
    }

    private async Task KeepAsync(Func<Task> call, TimeSpan period, TimeSpan retry, Action<string> log, CancellationToken stoppingToken)
    {
        long? loggedAt = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = period;
            try
            {
                await call().WaitAsync(CallTimeout, timeProvider, stoppingToken);
                loggedAt = null;
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                wait = retry;
                if (loggedAt is not { } at || timeProvider.GetElapsedTime(at) >= LogPeriod)
                {
                    loggedAt = timeProvider.GetTimestamp();
                    log(e.Reason());
                }
            }

            await Task.Delay(wait, timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
