using Kairos.Silo;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kairos.Gateway;

/// <summary>Where the server listens: one address by default, one more for HTTP/2 in clear when asked for.</summary>
internal static class ListenAddresses
{
    private const string DefaultUrl = "http://localhost:5900";

    /// <exception cref="ConfigurationMistakeException">An address cannot be used, or two settings contradict each other.</exception>
    public static void ListenOn(this WebApplicationBuilder builder, Http2Options http2)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // Bodies stream through; how large they may be is for a route (MaxRequestBodySize) or a destination to say.
            kestrel.Limits.MaxRequestBodySize = null;
        });

        var decidedElsewhere = builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any()
            || (builder.Configuration["http_ports"] ?? builder.Configuration["https_ports"]) is not null;
        var urls = builder.Configuration["urls"] ?? (decidedElsewhere ? "" : DefaultUrl);
        if (http2.Url.Length > 0)
        {
            urls = AddHttp2(builder, urls, http2.Url);
        }

        if (urls.Length > 0)
        {
            ListenAddress.CheckUrls(urls, DefaultUrl);
            builder.WebHost.UseUrls(urls);
        }
    }

    /// <summary>Kestrel offers no HTTP/2 beside HTTP/1.1 without TLS, hence an address that speaks nothing else.</summary>
    private static string AddHttp2(WebApplicationBuilder builder, string urls, string http2)
    {
        if (urls.Length == 0)
        {
            throw new ConfigurationMistakeException(
                $"Kairos:Http2:Url is '{http2}', but Kestrel:Endpoints or HTTP_PORTS decide where the gateway listens; "
                + "add the endpoint there, with Protocols Http2, or use --urls.");
        }

        var port = BindingAddress.Parse(http2).Port;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            if (endpoint.IPEndPoint?.Port == port)
            {
                endpoint.Protocols = HttpProtocols.Http2;
            }
        }));
        return $"{urls};{http2}";
    }
}
