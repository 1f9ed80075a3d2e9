using System.Globalization;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kairos.Benchmarks;

/// <summary>What proxies stand before: one body of <c>--body=BYTES</c>, whatever is asked for, and an echo for WebSockets.</summary>
internal static class Destination
{
    public const string Command = "destination";

    private const int FrameBytesMax = 64 * 1024;

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
        var body = ReadyFrames.OfLength(int.Parse(builder.Configuration["body"] ?? "16", CultureInfo.InvariantCulture));
        app.UseWebSockets();
        app.Run(context =>
        {
            if (context.WebSockets.IsWebSocketRequest)
            {
                return EchoAsync(context);
            }

            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body).AsTask();
        });
        await app.RunAsync();
        return 0;
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = TimeSpan.Zero });
        var buffer = new byte[FrameBytesMax];
        try
        {
            for (var length = 0; ;)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                length += part.Count;
                if (part.EndOfMessage)
                {
                    await socket.SendAsync(buffer.AsMemory(0, length), part.MessageType, endOfMessage: true, CancellationToken.None);
                    length = 0;
                }
            }
        }
        catch (WebSocketException)
        {
            // The load has ended.
        }
    }
}
