using Kairos.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Kairos.Benchmarks;

/// <summary>
/// The baseline: YARP and nothing else. Takes the gateway's own server settings and log levels, so that only what Kairos adds differs;
/// the proxy itself is put together here, so that nothing the gateway adds to it can slip in.
/// </summary>
internal static class BareProxy
{
    public const string Command = "bare-proxy";

    public static async Task<int> RunAsync(string[] args)
    {
        // A bare YARP makes a span for each request; the gateway has chosen not to.
        var builder = GatewayHosting.CreateBuilder([.. args, "--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Warning"]);
        builder.ListenOn(new Http2Options());
        builder.Services.AddReverseProxy().LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"));
        await using var app = builder.Build();
        app.MapReverseProxy();
        await app.RunAsync();
        return 0;
    }
}
