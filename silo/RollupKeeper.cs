using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kairos.Silo;

/// <summary>Keeps the roll-up running: calls its grain twice a second, so that it is activated again wherever its silo was lost.</summary>
internal sealed class RollupKeeper(IGrainFactory grains, TimeProvider timeProvider, ILogger<RollupKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <summary>While it does not answer: dashboards stand still for so much longer.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(100);

    // A call to a silo that has just been lost must not hold up the next, which finds the grain a new place.
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LogPeriod = TimeSpan.FromSeconds(10);

    private long? _loggedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = await AnswersAsync(stoppingToken) ? Period : Retry;
            await Task.Delay(wait, timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken stoppingToken)
    {
        try
        {
            await grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope).KeepAliveAsync().WaitAsync(CallTimeout, timeProvider, stoppingToken);
            _loggedAt = null;
            return true;
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception e)
        {
            LogNowAndThen(e);
            return false;
        }
    }

    private void LogNowAndThen(Exception e)
    {
        if (_loggedAt is not { } at || timeProvider.GetElapsedTime(at) >= LogPeriod)
        {
            _loggedAt = timeProvider.GetTimestamp();
            logger.RollupUnreachable(e.Reason());
        }
    }
}
