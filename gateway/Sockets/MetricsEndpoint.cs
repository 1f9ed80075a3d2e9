using System.Net;

namespace Kairos.Gateway;

/// <summary><c>/ws/metrics</c> (the guide, section "Endpoint"): what is checked before the upgrade.</summary>
internal static class MetricsEndpoint
{
    private const string RetryAfterSeconds = "1";

    public static void MapMetricsStream(this WebApplication app)
    {
        var registry = app.Services.GetRequiredService<SocketRegistry>();
        var services = app.Services.GetRequiredService<SocketServices>();

        // A pipeline of its own: what the runtime adds to a request for WebSockets, proxied requests need not carry.
        var pipeline = ((IEndpointRouteBuilder)app).CreateApplicationBuilder();
        pipeline.UseWebSockets();
        pipeline.Run(context => HandleAsync(context, registry, services));
        app.Map("/ws/metrics", pipeline.Build()).AsOwn();
    }

    private static async Task HandleAsync(HttpContext context, SocketRegistry registry, SocketServices services)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await RefuseAsync(context, services, StatusCodes.Status426UpgradeRequired, "not_websocket", "This is a WebSocket endpoint: connect to it with ws:// or wss://.");
            return;
        }

        var options = services.Options;
        if (!IsAllowed(context.Request, options))
        {
            await RefuseAsync(context, services, StatusCodes.Status403Forbidden, "origin", "Pages of this origin may not connect (Kairos:MetricsStream:AllowedOrigins).");
            return;
        }

        if (services.Hub.Latest is null)
        {
            await RefuseAsync(context, services, StatusCodes.Status503ServiceUnavailable, "no_snapshot", "This node has no snapshot yet: try again in a second.");
            return;
        }

        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (registry.TryEnter(address) is { } reason)
        {
            await RefuseAsync(context, services, StatusCodes.Status503ServiceUnavailable, reason, "This node takes no more connections: try again, or another node.");
            return;
        }

        try
        {
            await ServeAsync(context, registry, services, options);
        }
        finally
        {
            registry.Exit(address);
        }
    }

    /// <summary>Clients that are no browser have no origin. The gateway's own pages, such as its dashboard, need not be listed.</summary>
    private static bool IsAllowed(HttpRequest request, MetricsStreamOptions options)
    {
        var origin = request.Headers.Origin.ToString();
        return options.AllowedOrigins.Length == 0
            || origin.Length == 0
            || options.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase)
            || (Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task ServeAsync(HttpContext context, SocketRegistry registry, SocketServices services, MetricsStreamOptions options)
    {
        var keepGuideFields = context.Request.Query["snapshot"] == "full";
        using var webSocket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            KeepAliveInterval = options.PingInterval,
            KeepAliveTimeout = options.PingTimeout,
        });
        await registry.ServeAsync(new MetricsSocket(webSocket, services, keepGuideFields), context.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext context, SocketServices services, int status, string reason, string sentence)
    {
        services.Instruments.ConnectionRefused(reason);
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        }

        return context.Response.WriteAsync(sentence + "\n");
    }
}
