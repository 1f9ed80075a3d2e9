using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Kairos.Tests.EndToEnd;

/// <summary>What the gateway proxies to: a server in the test's own process whose answer the path chooses.</summary>
internal sealed class Destination : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _streamsEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly ConcurrentBag<(string Of, double Seconds)> _timed = [];

    private int _longRequests;

    private Destination(HttpProtocols protocols)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Parse(HostNetwork.LocalAddress), 0, endpoint => endpoint.Protocols = protocols));
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        _app = builder.Build();
        _app.UseWebSockets();
        _app.MapGrpcService<EchoService>();
        MapHttp();
    }

    /// <summary>How many requests to <c>/slow</c> and <c>/hang</c> have come.</summary>
    public int LongRequests => Volatile.Read(ref _longRequests);

    /// <summary>What each request to <c>/timed</c> took in here, and whose it was.</summary>
    public IReadOnlyCollection<(string Of, double Seconds)> Timed => _timed;

    public Uri Address => new(_app.Urls.Single());

    public static async Task<Destination> StartAsync(HttpProtocols protocols = HttpProtocols.Http1)
    {
        var destination = new Destination(protocols);
        await destination._app.StartAsync();
        return destination;
    }

    /// <summary>Ends every event stream in the regular way.</summary>
    public void EndStreams() => _streamsEnd.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        EndStreams();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private void MapHttp()
    {
        _app.Map("/status/{code:int}", (int code) => Results.StatusCode(code));
        _app.MapGet("/slow", SlowAsync);
        _app.MapGet("/timed", TimedAsync);
        _app.MapMethods("/bytes/{count:int}", ["GET", "HEAD"], (int count) => Results.Bytes(new byte[count]));
        _app.MapPost("/echo", EchoAsync);
        _app.MapGet("/header/{name}", (string name, HttpRequest request) => request.Headers[name].ToString());
        _app.Map("/ws", EchoSocketAsync);
        _app.MapGet("/sse", StreamEventsAsync);
        _app.MapGet("/hang", HangAsync);
        _app.MapGet("/abort", AbortAsync);
    }

    private async Task<string> SlowAsync(int ms, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _longRequests);
        await Task.Delay(TimeSpan.FromMilliseconds(ms), TimeProvider.System, cancellationToken);
        return "slow";
    }

    private async Task<string> TimedAsync(int ms, string of, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        await Task.Delay(TimeSpan.FromMilliseconds(ms), TimeProvider.System, cancellationToken);
        _timed.Add((of, TimeProvider.System.GetElapsedTime(began).TotalSeconds));
        return "timed";
    }

    private static async Task EchoAsync(HttpContext context)
    {
        context.Response.ContentType = context.Request.ContentType;
        context.Response.Headers["X-Method-And-Query"] = context.Request.Method + context.Request.QueryString;
        await context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static async Task EchoSocketAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[1024];
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (result.MessageType == WebSocketMessageType.Close)
                break;
            await socket.SendAsync(
                buffer.AsMemory(0, result.Count), result.MessageType, result.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }

    private async Task StreamEventsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync("data: begun\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await _streamsEnd.Task.WaitAsync(context.RequestAborted);
        await context.Response.WriteAsync("data: ended\n\n", context.RequestAborted);
    }

    /// <summary>Begins a body that never ends.</summary>
    private async Task HangAsync(HttpContext context)
    {
        Interlocked.Increment(ref _longRequests);
        await BeginBodyAsync(context);
        await _streamsEnd.Task.WaitAsync(context.RequestAborted);
    }

    /// <summary>Begins a body and breaks the connection in the middle of it.</summary>
    private static async Task AbortAsync(HttpContext context)
    {
        await BeginBodyAsync(context);
        context.Abort();
    }

    private static async Task BeginBodyAsync(HttpContext context)
    {
        context.Response.ContentLength = 1_000_000;
        await context.Response.WriteAsync("begun", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
