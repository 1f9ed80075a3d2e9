using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kairos.Silo;

/// <summary>Keeps the roll-up running: calls its grain each second, so that it is activated again wherever its silo was lost.</summary>
internal sealed class RollupKeeper(IGrainFactory grains, TimeProvider timeProvider, ILogger<RollupKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var series = grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope);
        using var timer = new PeriodicTimer(Period, timeProvider);
        do
        {
            try
            {
                await series.KeepAliveAsync().WaitAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.RollupUnreachable(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
