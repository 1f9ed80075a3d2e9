using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Kairos.Silo;

/// <summary>How a process shows its measurements: to Prometheus when it asks, and to a collector where one is configured.</summary>
internal static class Telemetry
{
    /// <summary>Of its own accord the SDK would wait 5 s for a collector that hangs, and each provider for itself.</summary>
    private const int LastExportMilliseconds = 2_000;

    /// <summary>Exports the meters under a service's name; <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c> take precedence.</summary>
    public static MeterProviderBuilder Export(this MeterProviderBuilder metrics, IConfiguration configuration, string service, string instance)
    {
        // One meter has each name, so that its scope as a label would only make every expression longer.
        metrics
            .ConfigureResource(resource => resource.AddService(service, serviceInstanceId: instance).AddEnvironmentVariableDetector())
            .AddPrometheusExporter(prometheus => prometheus.ScopeInfoEnabled = false);
        return OtlpSettings.Read(configuration) ? metrics.AddOtlpExporter(exporter => exporter.ReadMetricsOwn(configuration)) : metrics;
    }

    /// <summary>Sends what there is a last time when the process stops; a collector that hangs does not hold that up for long.</summary>
    public static void ShutDownWith(this MeterProvider provider, IHostApplicationLifetime lifetime) => lifetime.ApplicationStopped.Register(() =>
    {
        provider.Shutdown(LastExportMilliseconds);
        provider.Dispose();
    });
}
