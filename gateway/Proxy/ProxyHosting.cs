using Microsoft.Extensions.Configuration.Json;
using Yarp.ReverseProxy.Configuration;

namespace Kairos.Gateway;

/// <summary>
/// The proxy: YARP from its own <c>ReverseProxy</c> section, applied anew when the file changes. A mistake in the file leaves what was
/// there in force; YARP logs a mistake of meaning, this class one of JSON.
/// </summary>
internal static class ProxyHosting
{
    public static IReverseProxyBuilder AddProxy(this WebApplicationBuilder builder) =>
        builder.Services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddConfigFilter<KnownClusters>();

    /// <exception cref="ConfigurationMistakeException">YARP does not accept the section.</exception>
    public static void MapProxy(this WebApplication app)
    {
        var meter = app.Services.GetRequiredService<RequestMeter>();
        try
        {
            app.MapReverseProxy().ConfigureEndpoints((endpoint, route) => endpoint.WithMetadata(meter.RouteOf(route.RouteId)));
        }
        catch (Exception e) when (e is InvalidOperationException or AggregateException)
        {
            var mistakes = Innermost(e).Select(inner => $"ReverseProxy: {inner.Message}").Distinct();
            throw new ConfigurationMistakeException(string.Join('\n', mistakes), e);
        }

        foreach (var file in ((IConfigurationBuilder)app.Configuration).Sources.OfType<JsonConfigurationSource>())
        {
            file.OnLoadException = failure =>
                app.Logger.ConfigurationUnreadable(file.Path ?? "", failure.Exception.GetBaseException().Message);
        }
    }

    private static IEnumerable<Exception> Innermost(Exception e) => e switch
    {
        AggregateException many => many.InnerExceptions.SelectMany(Innermost),
        { InnerException: { } inner } => Innermost(inner),
        _ => [e],
    };
}

/// <summary>
/// Refuses a route whose cluster does not exist: YARP takes it and answers 503, but a misspelt name must not replace a route that works.
/// </summary>
internal sealed class KnownClusters : IProxyConfigFilter
{
    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) =>
        cluster is not null || string.IsNullOrEmpty(route.ClusterId)
            ? ValueTask.FromResult(route)
            : throw new ArgumentException($"Route '{route.RouteId}' has the ClusterId '{route.ClusterId}', and there is no such cluster.");

    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => ValueTask.FromResult(cluster);
}
