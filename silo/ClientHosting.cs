using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Kairos.Silo;

/// <summary>How a gateway node becomes a client of the silos.</summary>
public static class ClientHosting
{
    /// <summary>
    /// A grain client that connects in the background and reconnects for ever, so that a node starts, and proxies, whether silos are there
    /// or not. Calls fail until it is connected.
    /// </summary>
    public static void AddClusterClient(this IHostApplicationBuilder builder, OrleansClusterOptions cluster, IConnectionMultiplexer redis)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(cluster);
        var before = builder.Services.Where(IsHosted).ToHashSet();
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(options => Failover.Name(options, cluster.ClusterId));
            client.UseRedisClustering(clustering =>
            {
                clustering.ConfigurationOptions = new ConfigurationOptions();
                clustering.CreateMultiplexer = _ => Task.FromResult((redis, true));
            });
            Failover.Tune(client);
            client.AddMemoryStreams(SnapshotStreams.Provider, streams => streams.ConfigurePartitioning(1));
            client.UseConnectionRetryFilter<RetryForEver>();
        });

        // Orleans' own hosted service would hold up the start of the host, and with it the proxy, until a silo is there.
        foreach (var added in builder.Services.Where(s => IsHosted(s) && !before.Contains(s)).ToList())
        {
            builder.Services.Remove(added);
        }

        builder.Services.AddHostedService<ClusterConnection>();
    }

    private static bool IsHosted(ServiceDescriptor service) => service.ServiceType == typeof(IHostedService);
}

/// <summary>Starts the grain client beside everything else, and stops it last.</summary>
internal sealed class ClusterConnection(IClusterClient client, TimeProvider timeProvider, ILogger<ClusterConnection> logger) : BackgroundService
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private bool _connected;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_connected)
        {
            // The host's time may be up already; a client that says goodbye spares the silos half a minute of deliveries to nobody.
            using var patience = new CancellationTokenSource(StopTimeout, timeProvider);
            await ((IHostedService)client).StopAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await ((IHostedService)client).StartAsync(stoppingToken);
            _connected = true;
            logger.ClusterReached();
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped before a silo was there.
        }
        catch (Exception e)
        {
            // No reason to end a process that proxies.
            logger.ClientFailed(e);
        }
    }
}

/// <summary>Neither a missing silo nor a missing Redis ends the attempts to connect. The first failure is logged, and then one every 30 s.</summary>
internal sealed class RetryForEver(TimeProvider timeProvider, ILogger<RetryForEver> logger) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan LogPeriod = TimeSpan.FromSeconds(30);

    private long? _loggedAt;

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (_loggedAt is not { } at || timeProvider.GetElapsedTime(at) >= LogPeriod)
        {
            _loggedAt = timeProvider.GetTimestamp();
            logger.ClusterUnreachable(exception is SiloUnavailableException ? "none has joined the cluster" : exception.Reason().TrimEnd('.'));
        }

        await Task.Delay(Pause, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !cancellationToken.IsCancellationRequested;
    }
}
