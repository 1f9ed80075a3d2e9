using System.Buffers;
using Kairos.Silo;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Kairos.Gateway;

/// <summary><c>/metrics</c> of this node, and <c>/metrics/cluster</c> from a provider of its own: two scrapes that share no series.</summary>
internal static class PrometheusEndpoints
{
    // The meters of System.Net.Http and Microsoft.AspNetCore.Hosting measure each request: docs/decisions/0012 has what that costs.
    private static readonly string[] NodeMeters =
        [TrafficMetrics.NodeMeter, "Kairos.Gateway", "Kairos.Grains", "Microsoft.Orleans", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    public static void AddMetrics(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        builder.Services.AddSingleton<NodeTraffic>();
        builder.Services.AddSingleton<TrafficMetrics>();
        builder.Services.AddSingleton<TrafficHistograms>();
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(NodeMeters).Export(builder.Configuration, "kairos-gateway", settings.Node.Id));
    }

    public static void MapPrometheus(this WebApplication app, GatewaySettings settings)
    {
        app.Services.GetRequiredService<TrafficMetrics>();
        var histograms = app.Services.GetRequiredService<TrafficHistograms>();
        var node = app.Services.GetRequiredService<MeterProvider>();
        node.ShutDownWith(app.Lifetime);
        app.MapMetrics("/metrics", node, histograms.WriteNode);

        var cluster = Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(services => services.AddSingleton<IConfiguration>(app.Configuration))
            .AddMeter(TrafficMetrics.ClusterMeter).Export(app.Configuration, "kairos-cluster", settings.Node.Id).Build();
        cluster.ShutDownWith(app.Lifetime);
        app.MapMetrics("/metrics/cluster", cluster, histograms.WriteCluster);
    }

    /// <summary>
    /// Puts our families before the exporter's: it chooses the format and ends the one of OpenMetrics with its own last line, and histograms
    /// without a timestamp are the same text in both. Not flushed, so that status and headers are still the exporter's to set.
    /// </summary>
    private static void MapMetrics(this WebApplication app, string path, MeterProvider provider, Action<IBufferWriter<byte>> write) =>
        app.MapPrometheusScrapingEndpoint(path, provider, optionsName: null, configureBranchedPipeline: branch => branch.Use((context, next) =>
        {
            // The exporter would compress its own part only.
            context.Request.Headers.AcceptEncoding = default;
            write(context.Response.BodyWriter);
            return next(context);
        })).AsOwn();
}
