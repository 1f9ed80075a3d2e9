using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using Kairos.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Kairos.Benchmarks;

/// <summary>
/// The floor of a fan-out: Kestrel's WebSockets, and a loop that sends each the ready buffer of its length when its second has come. The server's
/// settings and log levels are the gateway's own. <c>/?interval=SECONDS&amp;bytes=LENGTH</c>; with <c>&amp;ping=1</c> the runtime pings as it does for
/// the gateway, else it never does.
/// </summary>
internal sealed class BareSockets
{
    public const string Command = "bare-sockets";

    /// <summary>After the whole second: not when others send.</summary>
    private static readonly TimeSpan Offset = TimeSpan.FromMilliseconds(400);

    private readonly ConcurrentDictionary<WebSocket, Due> _sockets = new();
    private int _count;

    public static async Task<int> RunAsync(string[] args)
    {
        var builder = GatewayHosting.CreateBuilder(args);
        builder.ListenOn(new Http2Options());
        await using var app = builder.Build();
        var sockets = new BareSockets();
        app.UseRouting();
        app.MapGet("/ready", () => "yes");
        app.UseWebSockets();
        app.Map("/", sockets.ServeAsync);
        var sending = sockets.SendAsync(app.Lifetime.ApplicationStopping);
        await app.RunAsync();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    /// <summary>Sends all that are due, second by second.</summary>
    /// <param name="stop">Ends it.</param>
    private async Task SendAsync(CancellationToken stop)
    {
        for (var second = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1; ; second++)
        {
            var wait = DateTimeOffset.FromUnixTimeSeconds(second) + Offset - TimeProvider.System.GetUtcNow();
            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, TimeProvider.System, stop);
            foreach (var (socket, due) in _sockets)
            {
                if ((second + due.Place) % due.IntervalSeconds == 0)
                {
                    _ = SendAsync(socket, due.Frame);
                }
            }
        }
    }

    private static async Task SendAsync(WebSocket socket, byte[] frame)
    {
        try
        {
            await socket.SendAsync(frame.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            // It is about to leave.
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var interval = int.Parse(query["interval"]!, CultureInfo.InvariantCulture);
        var frame = ReadyFrames.OfLength(int.Parse(query["bytes"]!, CultureInfo.InvariantCulture));
        var pings = query.ContainsKey("ping");
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            KeepAliveInterval = pings ? new MetricsStreamOptions().PingInterval : TimeSpan.Zero,
            KeepAliveTimeout = pings ? new MetricsStreamOptions().PingTimeout : Timeout.InfiniteTimeSpan,
        });
        _sockets[socket] = new Due(interval, Interlocked.Increment(ref _count), frame);
        try
        {
            // An empty buffer waits without holding memory for it.
            while ((await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None)).MessageType != WebSocketMessageType.Close)
            {
                await socket.ReceiveAsync(new byte[ReadyFrames.LengthMax].AsMemory(), CancellationToken.None);
            }
        }
        catch (WebSocketException)
        {
            // Gone.
        }
        finally
        {
            _sockets.TryRemove(socket, out _);
        }
    }

    private sealed record Due(int IntervalSeconds, int Place, byte[] Frame);
}

/// <summary>One buffer for each length. Thread-safe.</summary>
internal static class ReadyFrames
{
    public const int LengthMax = 8 * 1024;

    private static readonly ConcurrentDictionary<int, byte[]> All = new();

    /// <summary>A JSON text of that many bytes.</summary>
    public static byte[] OfLength(int bytes) => All.GetOrAdd(Math.Max(bytes, 2), static length => [(byte)'"', .. Enumerable.Repeat((byte)'x', length - 2), (byte)'"']);
}
