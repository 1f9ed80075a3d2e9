using Microsoft.Extensions.Configuration.Json;

namespace Kairos.Gateway;

/// <summary>
/// The proxy: YARP from its own <c>ReverseProxy</c> section, applied anew when the file changes. A mistake in the file leaves what was
/// there in force; YARP logs a mistake of meaning, this class one of JSON.
/// </summary>
internal static class ProxyHosting
{
    public static IReverseProxyBuilder AddProxy(this WebApplicationBuilder builder) =>
        builder.Services.AddReverseProxy().LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"));

    /// <exception cref="ConfigurationMistakeException">YARP does not accept the section.</exception>
    public static void MapProxy(this WebApplication app)
    {
        try
        {
            app.MapReverseProxy();
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
