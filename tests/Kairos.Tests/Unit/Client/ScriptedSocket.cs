using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>A node's end of a connection, with the frames of docs/protocol.md.</summary>
internal sealed class ScriptedSocket(WebSocket socket, HttpContext context, string query)
{
    public const string Id = "3f1b5c0e9d6a4f2c8b7e";

    /// <summary>What holds in a session that nobody subscribed in.</summary>
    public const string Default =
        """{"metrics":["requests_total","requests_success","requests_error","active_connections","avg_response_time","success_rate"],"interval_seconds":1}""";

    /// <summary>What this connection was asked for with.</summary>
    public string Query => query;

    public async Task SendAsync(string frame) => Assert.True(await TrySendAsync(frame, ScriptedNode.Limit), "The client did not take a frame.");

    /// <summary>False when the client did not take it, or not in time; the connection is lost.</summary>
    public async Task<bool> TrySendAsync(string frame, TimeSpan time)
    {
        using var limit = new CancellationTokenSource(time, TimeProvider.System);
        try
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            return false;
        }
    }

    public Task RecoverAsync(string subscription) =>
        SendAsync($$"""{"type":"Session","session_id":"{{Id}}","resumed":true,"recovered":true,"subscription":{{subscription}}}""");

    public Task BeginAsync(string subscription, long firstTick, string reason, bool resumed = false) => SendAsync(
        $$"""{"type":"Session","session_id":"{{Id}}","resumed":{{(resumed ? "true" : "false")}},"recovered":false,"subscription":{{subscription}},"first_tick":{{firstTick}},"reason":"{{reason}}"}""");

    public async Task SnapshotsAsync(params long[] ticks)
    {
        foreach (var tick in ticks)
            await SendAsync(Snapshot(tick));
    }

    public static string Snapshot(long tick) =>
        $$"""{"type":"Snapshot","timestamp":"{{DateTimeOffset.FromUnixTimeSeconds(tick):yyyy-MM-dd'T'HH:mm:ss'Z'}}","requests_total":{{tick % 1_000}},"tick":{{tick}}}""";

    /// <summary>The next message, as it came; fails when the connection is closed instead.</summary>
    public async Task<string> ReceiveAsync()
    {
        using var limit = new CancellationTokenSource(ScriptedNode.Limit, TimeProvider.System);
        var buffer = new byte[4_096];
        var message = await socket.ReceiveAsync(buffer.AsMemory(), limit.Token);
        return message.MessageType is WebSocketMessageType.Text
            ? JsonDocument.Parse(buffer.AsMemory(0, message.Count)).RootElement.GetRawText()
            : throw new InvalidOperationException($"The client closed the connection with {socket.CloseStatus}.");
    }

    /// <summary>Awaits the client's goodbye.</summary>
    public async Task<WebSocketCloseStatus?> ReceiveCloseAsync()
    {
        using var limit = new CancellationTokenSource(ScriptedNode.Limit, TimeProvider.System);
        var message = await socket.ReceiveAsync(new byte[4_096].AsMemory(), limit.Token);
        return message.MessageType is WebSocketMessageType.Close ? socket.CloseStatus : null;
    }

    public async Task CloseAsync(int code)
    {
        using var limit = new CancellationTokenSource(ScriptedNode.Limit, TimeProvider.System);
        await socket.CloseOutputAsync((WebSocketCloseStatus)code, null, limit.Token);
    }

    /// <summary>Goes away without a word.</summary>
    public void Vanish() => context.Abort();
}
