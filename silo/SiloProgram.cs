using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using StackExchange.Redis;

namespace Kairos.Silo;

/// <summary>How the silo process is put together.</summary>
internal static class SiloProgram
{
    private const string DefaultUrl = "http://localhost:5901";

    /// <summary>A stop hands over grains and stores what they have; more than that only a hung storage takes.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Kairos:Cluster:Mode"] = OrleansClusterOptions.Redis,
    };

    /// <exception cref="ConfigurationMistakeException">A configuration file cannot be read.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = HostBuilding.Create(new WebApplicationOptions { Args = args }, Defaults);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        return builder;
    }

    /// <exception cref="ConfigurationMistakeException">A port is taken.</exception>
    public static void ListenOn(this WebApplicationBuilder builder, SiloOptions silo, IPAddress address)
    {
        var listen = SiloAddresses.ListenAddressOf(address);
        ListenAddress.CheckPort("Kairos:Silo:Port", listen, silo.Port);
        ListenAddress.CheckPort("Kairos:Silo:GatewayPort", listen, silo.GatewayPort);
        var urls = builder.Configuration["urls"] ?? DefaultUrl;
        ListenAddress.CheckUrls(urls, DefaultUrl);
        builder.WebHost.UseUrls(urls);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
    }

    /// <summary>Nothing of a silo works without its storage, so that it starts when that is there; SIGTERM ends the wait.</summary>
    public static async Task WaitForRedisAsync(ConfigurationOptions redis)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await RedisConnection.WaitAsync(redis, TimeProvider.System, Console.Error.WriteLine, stop.Token);
    }

    /// <summary><c>/metrics</c>: the silo's own measurements, Orleans' and the server's, for Prometheus and a collector.</summary>
    public static void AddMetrics(this WebApplicationBuilder builder, SiloOptions silo, IPAddress address) =>
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter("Kairos.Grains", "Microsoft.Orleans", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .Export(builder.Configuration, "kairos-silo", new IPEndPoint(address, silo.Port).ToString()));

    public static void MapPrometheus(this WebApplication app)
    {
        app.Services.GetRequiredService<MeterProvider>().ShutDownWith(app.Lifetime);
        app.MapPrometheusScrapingEndpoint();
    }

    public static void AddHealth(this WebApplicationBuilder builder) =>
        builder.Services.AddHealthChecks().AddCheck<SiloReadiness>("silo", tags: [HealthMapping.ReadyTag]);

    public static void LogStart(this WebApplication app, SiloSettings settings, IPAddress address, ConfigurationOptions redis) =>
        app.Lifetime.ApplicationStarted.Register(() => app.Logger.SiloStarts(
            new IPEndPoint(address, settings.Silo.Port).ToString(),
            settings.Silo.GatewayPort,
            settings.Cluster.ClusterId,
            settings.Shards.Count,
            RedisConnection.Address(redis)));
}

/// <summary>Ready while the silo is an active member of its cluster.</summary>
internal sealed class SiloReadiness(ISiloStatusOracle membership, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("stopping")
            : membership.CurrentStatus == SiloStatus.Active ? HealthCheckResult.Healthy("active")
            : HealthCheckResult.Unhealthy(membership.CurrentStatus.ToString()));
}
