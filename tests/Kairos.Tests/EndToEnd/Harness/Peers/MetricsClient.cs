using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>A client of /ws/metrics that reads all the time and keeps the events in order.</summary>
internal sealed class MetricsClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket;
    private readonly Channel<JsonElement> _events = Channel.CreateUnbounded<JsonElement>();
    private readonly Task _reading;

    private MetricsClient(ClientWebSocket socket)
    {
        _socket = socket;
        _reading = ReadAsync();
    }

    /// <summary>Connects; <paramref name="query"/> is what follows the path, from the question mark on.</summary>
    public static async Task<MetricsClient> ConnectAsync(
        int port, string query = "", Action<ClientWebSocketOptions>? configure = null, string address = GatewayProcess.Loopback)
    {
        var socket = new ClientWebSocket();
        configure?.Invoke(socket.Options);
        await socket.ConnectAsync(Url(address, port, query), TestContext.Current.CancellationToken);
        return new MetricsClient(socket);
    }

    /// <summary>Tries to connect; the HTTP status of the answer, 101 when it was let in.</summary>
    public static async Task<HttpStatusCode> TryConnectAsync(int port, Action<ClientWebSocketOptions>? configure = null)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        configure?.Invoke(socket.Options);
        try
        {
            await socket.ConnectAsync(Url(GatewayProcess.Loopback, port, ""), TestContext.Current.CancellationToken);
        }
        catch (WebSocketException) when (socket.HttpStatusCode != 0)
        {
        }

        return socket.HttpStatusCode;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public async Task SendAsync(byte[] payload, WebSocketMessageType type, bool endOfMessage = true)
    {
        try
        {
            await _socket.SendAsync(payload, type, endOfMessage, TestContext.Current.CancellationToken);
        }
        catch (WebSocketException fault) when (_socket.CloseStatus is not null)
        {
            throw new WebSocketException($"The gateway had closed the connection ({_socket.CloseStatus} {_socket.CloseStatusDescription}).", fault);
        }
    }

    /// <summary>The next event.</summary>
    public async Task<JsonElement> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(Wait.Limit, TimeProvider.System);
        try
        {
            return await _events.Reader.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"No event came within {Wait.Limit}.");
        }
        catch (ChannelClosedException fault)
        {
            Assert.Fail($"The connection ended ({_socket.CloseStatus} {_socket.CloseStatusDescription}) {fault.InnerException}");
        }

        throw new InvalidOperationException();
    }

    /// <summary>The next event that meets the condition; what comes before is dropped.</summary>
    public async Task<JsonElement> ReceiveAsync(Func<JsonElement, bool> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        var last = await ReceiveAsync();
        while (!condition(last))
        {
            if (TimeProvider.System.GetElapsedTime(start) > Wait.Limit)
                Assert.Fail($"No event within {Wait.Limit}: {what}. The last was {last}");
            last = await ReceiveAsync();
        }

        return last;
    }

    public Task<JsonElement> ReceiveSnapshotAsync() => ReceiveAsync(e => e.IsSnapshot(), "a Snapshot");

    /// <summary>How the gateway has closed the connection; null while it has not, and when it just broke.</summary>
    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    /// <summary>Waits for the end of the connection: see <see cref="CloseStatus"/>.</summary>
    public async Task<WebSocketCloseStatus?> WaitForCloseAsync()
    {
        await _reading.WaitAsync(Wait.Limit, TimeProvider.System, TestContext.Current.CancellationToken);
        return _socket.CloseStatus;
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
    }

    private static Uri Url(string address, int port, string query) => new($"ws://{address}:{port}/ws/metrics{query}");

    private async Task ReadAsync()
    {
        try
        {
            while (await ReadMessageAsync() is { } message)
                _events.Writer.TryWrite(message);
            if (_socket.State == WebSocketState.CloseReceived)
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            _events.Writer.Complete();
        }
        catch (Exception fault)
        {
            // Shown by whichever test still waits for an event.
            _events.Writer.TryComplete(fault);
        }
    }

    private async Task<JsonElement?> ReadMessageAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var result = await _socket.ReceiveAsync(buffer, CancellationToken.None);
            if (result.MessageType == WebSocketMessageType.Close)
                return null;
            Assert.Equal(WebSocketMessageType.Text, result.MessageType);
            message.Write(buffer, 0, result.Count);
            if (result.EndOfMessage)
                return JsonElement.Parse(message.ToArray());
        }
    }
}
