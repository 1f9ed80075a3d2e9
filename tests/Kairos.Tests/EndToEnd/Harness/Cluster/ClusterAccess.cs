using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Kairos.Tests.EndToEnd;

/// <summary>The test's own Orleans client of a cluster: grains by hand, without a gateway. For one short use.</summary>
internal sealed class ClusterAccess : IAsyncDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    private readonly IHost _host;

    private ClusterAccess(IHost host) => _host = host;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IClusterClient>();

    public static async Task<ClusterAccess> ConnectAsync(ClusterRig rig)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleansClient(client =>
        {
            client.UseRedisClustering(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(rig.Redis.Address));
            client.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = rig.ClusterId);
            client.UseConnectionRetryFilter(async (_, cancelled) =>
            {
                await Task.Delay(RetryPause, TimeProvider.System, cancelled);
                return true;
            });
        });
        var host = builder.Build();
        using var patience = new CancellationTokenSource(Wait.Limit, TimeProvider.System);
        await host.StartAsync(patience.Token);
        return new ClusterAccess(host);
    }

    /// <summary>Sends a report to its node's shard.</summary>
    public Task<ReportAck> ReportAsync(NodeReport report) =>
        Grains.GetGrain<IMetricsShardGrain>(new ShardsOptions().ShardOf(report.Node)).ReportAsync(report);

    /// <summary>The seconds of history after a tick, one point each.</summary>
    public async Task<IReadOnlyList<HistoryPoint>> GetHistoryAsync(Scope scope, long afterTick, long toTick) =>
        (await Grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope)
            .GetHistoryAsync(new HistoryQuery(scope, afterTick, toTick, StepSeconds: 1, PointsMax: 3_600, WithDurations: true))).Points;

    /// <summary>Requests of every scope of a kind, by its name.</summary>
    public async Task<Dictionary<string, long>> GetTotalsAsync(ScopeKind kind) =>
        (await Grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope).GetTopAsync(new TopQuery(kind, "requests_total", 0, TopQuery.CountMax, 1)))
            .Rows.ToDictionary(row => row.Name, row => (long)row.Value);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
