using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

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
        pipeline.Use(next => context =>
        {
            context.Features.Set(new SocketUpgrade(context, services.TimeProvider));
            return next(context);
        });
        pipeline.UseWebSockets();
        pipeline.Run(context => HandleAsync(context, registry, services));
        app.Map("/ws/metrics", pipeline.Build()).AsOwn();
    }

    private static async Task HandleAsync(HttpContext context, SocketRegistry registry, SocketServices services)
    {
        if (Refusal(context, services) is { } refusal)
        {
            await RefuseAsync(context, services, refusal);
            return;
        }

        SessionParameters parameters;
        bool keepGuideFields;
        try
        {
            // Not the request's own Query, which would keep what it has read for as long as the connection lasts.
            var query = new QueryCollection(QueryHelpers.ParseQuery(context.Request.QueryString.Value));
            parameters = SessionParameters.Read(query, services.TimeProvider.GetUtcNow().ToUnixTimeSeconds());
            keepGuideFields = query["snapshot"] == "full";
        }
        catch (FormatException mistake)
        {
            await RefuseAsync(context, services, new(StatusCodes.Status400BadRequest, "parameters", mistake.Message));
            return;
        }

        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (registry.TryEnter(address) is { } reason)
        {
            await RefuseAsync(context, services, new(StatusCodes.Status503ServiceUnavailable, reason, "This node takes no more connections: try again, or another node."));
            return;
        }

        try
        {
            if (await AcceptAsync(context, services, parameters, keepGuideFields) is var (socket, arrival))
            {
                using var webSocket = socket.WebSocket;
                await registry.ServeAsync(socket, arrival, context.RequestAborted);
            }
        }
        finally
        {
            registry.Exit(address);
        }
    }

    /// <summary>What can be said before the URL is read.</summary>
    private static Refused? Refusal(HttpContext context, SocketServices services)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            return new(StatusCodes.Status426UpgradeRequired, "not_websocket", "This is a WebSocket endpoint: connect to it with ws:// or wss://.");
        }

        return !IsAllowed(context.Request, services.Options)
            ? new(StatusCodes.Status403Forbidden, "origin", "Pages of this origin may not connect (Kairos:MetricsStream:AllowedOrigins).")
            : services.Hub.Latest is null
                ? new(StatusCodes.Status503ServiceUnavailable, "no_snapshot", "This node has no snapshot yet: try again in a second.")
                : null;
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

    /// <summary>The socket, upgraded, and what it wants; null when it has been refused. Ends with it: nothing of this is held by the connection.</summary>
    private static async Task<(MetricsSocket Socket, Arrival Arrival)?> AcceptAsync(
        HttpContext context, SocketServices services, SessionParameters parameters, bool keepGuideFields)
    {
        var (session, arrival) = (default(SocketSession), Arrival.Anonymous(services));
        if (parameters.Id is { } id)
        {
            session = new SocketSession(id, services.TimeProvider.GetUtcNow().ToUnixTimeSeconds());
            var (known, retryAfter, refusal) = await Arrival.OfSessionAsync(parameters, session, services);
            if (known is null)
            {
                await RefuseAsync(context, services, retryAfter > 0
                    ? new(StatusCodes.Status429TooManyRequests, "session_fight", refusal!, retryAfter)
                    : new(StatusCodes.Status503ServiceUnavailable, "session_unknown", refusal!));
                return null;
            }

            arrival = known;
        }

        try
        {
            // The runtime's keep-alive is off: the registry's sweep pings.
            var webSocket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = TimeSpan.Zero });
            var stream = context.Features.GetRequiredFeature<SocketUpgrade>().Stream!;

            // A browser's are one or two kilobytes, and nobody reads them any more.
            context.Request.Headers.Clear();
            return (new MetricsSocket(webSocket, stream, services, session, keepGuideFields), arrival);
        }
        catch
        {
            services.Scopes.Release(arrival.Hub);
            throw;
        }
    }

    private static Task RefuseAsync(HttpContext context, SocketServices services, Refused refused)
    {
        services.Instruments.ConnectionRefused(refused.Reason);
        context.Response.StatusCode = refused.Status;
        if (refused.Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = refused.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        return context.Response.WriteAsync(refused.Sentence + "\n");
    }

    /// <summary>A request that is not upgraded.</summary>
    /// <param name="Status">Of HTTP.</param>
    /// <param name="Reason">Of the counter.</param>
    /// <param name="Sentence">For the client.</param>
    /// <param name="RetryAfterSeconds">Where another attempt may succeed.</param>
    private sealed record Refused(int Status, string Reason, string Sentence, int RetryAfterSeconds = MetricsEndpoint.RetryAfterSeconds);
}
