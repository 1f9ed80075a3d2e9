using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kairos.Tests.Unit;

/// <summary>A node on a port of its own that does to each caller what the test says.</summary>
internal sealed class ScriptedNode : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Channel<Caller> _callers = Channel.CreateUnbounded<Caller>();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication _app;

    private ScriptedNode()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(async context =>
        {
            var caller = new Caller(context);
            await _callers.Writer.WriteAsync(caller);

            // To the end, so that what a client said last can still be read.
            await Task.WhenAny(caller.Refused, _over.Task);
        });
    }

    /// <summary>As a browser's user would write it: the client makes it <c>ws</c>.</summary>
    public Uri Url => new($"{_app.Urls.Single()}/ws/metrics");

    public bool HasCaller => _callers.Reader.Count > 0;

    public static async Task<ScriptedNode> StartAsync()
    {
        var node = new ScriptedNode();
        await node._app.StartAsync();
        return node;
    }

    /// <summary>Who asks for a connection next.</summary>
    public async Task<Caller> NextAsync()
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        return await _callers.Reader.ReadAsync(limit.Token);
    }

    public async Task<ScriptedSocket> AcceptAsync() => await (await NextAsync()).AcceptAsync();

    public async ValueTask DisposeAsync()
    {
        _over.SetResult();
        await _app.DisposeAsync();
    }
}

/// <summary>A request for a connection.</summary>
internal sealed class Caller(HttpContext context)
{
    private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Refused => _refused.Task;

    public string Query => context.Request.QueryString.Value!;

    public async Task<ScriptedSocket> AcceptAsync() => new(await context.WebSockets.AcceptWebSocketAsync(), context, Query);

    public void Refuse(int status, string? retryAfter = null)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.RetryAfter = retryAfter;
        _refused.SetResult();
    }
}
