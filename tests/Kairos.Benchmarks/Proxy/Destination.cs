using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Kairos.Benchmarks;

/// <summary>What proxies stand before: one small body, whatever is asked for.</summary>
internal static class Destination
{
    public const string Command = "destination";

    /// <summary>The settings of a proxy's i-th route, with a cluster of its own, to a destination.</summary>
    public static IEnumerable<string> Route(int i, string url) =>
    [
        $"--ReverseProxy:Routes:r{i}:ClusterId=c{i}",
        $"--ReverseProxy:Routes:r{i}:Match:Path=/r{i}/{{**rest}}",
        $"--ReverseProxy:Clusters:c{i}:Destinations:d1:Address={url}",
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        var body = "{\"status\":\"ok\"}"u8.ToArray();
        app.Run(context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body).AsTask();
        });
        await app.RunAsync();
        return 0;
    }
}
