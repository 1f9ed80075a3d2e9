using System.Globalization;
using System.Net;
using System.Net.WebSockets;

namespace Kairos.Gateway;

/// <summary><c>/ws/metrics</c> (the guide, section "Endpoint"): what is checked before the upgrade.</summary>
internal static class MetricsEndpoint
{
    private const int RetryAfterSeconds = 1;

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

        SessionParameters parameters;
        try
        {
            parameters = SessionParameters.Read(context.Request.Query, services.TimeProvider.GetUtcNow().ToUnixTimeSeconds());
        }
        catch (FormatException mistake)
        {
            await RefuseAsync(context, services, StatusCodes.Status400BadRequest, "parameters", mistake.Message);
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
            await ArriveAsync(context, registry, services, parameters);
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

    private static async Task ArriveAsync(HttpContext context, SocketRegistry registry, SocketServices services, SessionParameters parameters)
    {
        var now = services.TimeProvider.GetUtcNow().ToUnixTimeSeconds();
        if (parameters.Id is not { } id)
        {
            await ServeAsync(context, registry, services, SocketSession.Anonymous(now), Arrival.Anonymous(services));
            return;
        }

        var session = SocketSession.Named(id, now);
        var (arrival, retryAfter, refusal) = await Arrival.OfSessionAsync(parameters, session, services);
        if (arrival is not null)
        {
            await ServeAsync(context, registry, services, session, arrival);
        }
        else if (retryAfter > 0)
        {
            await RefuseAsync(context, services, StatusCodes.Status429TooManyRequests, "session_fight", refusal!, retryAfter);
        }
        else
        {
            await RefuseAsync(context, services, StatusCodes.Status503ServiceUnavailable, "session_unknown", refusal!);
        }
    }

    private static async Task ServeAsync(HttpContext context, SocketRegistry registry, SocketServices services, SocketSession session, Arrival arrival)
    {
        WebSocket webSocket;
        try
        {
            webSocket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
            {
                KeepAliveInterval = services.Options.PingInterval,
                KeepAliveTimeout = services.Options.PingTimeout,
            });
        }
        catch
        {
            services.Scopes.Release(arrival.Hub);
            throw;
        }

        using (webSocket)
        {
            var keepGuideFields = context.Request.Query["snapshot"] == "full";
            await registry.ServeAsync(new MetricsSocket(webSocket, services, session, keepGuideFields), arrival, context.RequestAborted);
        }
    }

    private static Task RefuseAsync(
        HttpContext context, SocketServices services, int status, string reason, string sentence, int retryAfterSeconds = RetryAfterSeconds)
    {
        services.Instruments.ConnectionRefused(reason);
        context.Response.StatusCode = status;
        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = retryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        return context.Response.WriteAsync(sentence + "\n");
    }
}
