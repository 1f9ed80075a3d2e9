using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>A client of the metrics stream, connected in memory to a socket that the registry serves.</summary>
internal sealed class Peer : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Duplex _stream;
    private readonly WebSocket _client;

    // The longest event. A connection has one reader.
    private readonly byte[] _buffer = new byte[256 * 1024];

    public Peer(SocketBed bed, SocketSession? session, Arrival arrival, bool keepGuideFields, int bytesToClient)
    {
        (var server, _stream) = Duplex.Pair(bytesToClient);
        _client = WebSocket.CreateFromStream(_stream, new WebSocketCreationOptions { IsServer = false });
        var stream = new SocketStream(server, bed.Time);
        Socket = new MetricsSocket(WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true }), stream, bed.Services, session, keepGuideFields);
        Served = ServeAsync(bed.Registry, Socket, arrival, server);
    }

    public MetricsSocket Socket { get; }

    /// <summary>Ends when the server has let go of the connection.</summary>
    public Task Served { get; }

    /// <summary>How the server closed the connection.</summary>
    public (int? Status, string? Text) Closed => ((int?)_client.CloseStatus, _client.CloseStatusDescription);

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true);

    public async Task SendAsync(byte[] message, WebSocketMessageType type, bool endOfMessage)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        await _client.SendAsync(message, type, endOfMessage, limit.Token);
    }

    /// <summary>The next event; fails when the connection is closed instead.</summary>
    public async Task<JsonElement> ReceiveAsync()
    {
        var text = await ReceiveTextAsync();
        Assert.True(text is not null, $"The connection was closed: {Closed}");
        using var json = JsonDocument.Parse(text);
        return json.RootElement.Clone();
    }

    /// <summary>The tick of the next event, which is a Snapshot.</summary>
    public async Task<long> ReceiveTickAsync()
    {
        var snapshot = await ReceiveAsync();
        Assert.Equal("Snapshot", snapshot.GetProperty("type").GetString());
        return DateTimeOffset.Parse(snapshot.GetProperty("timestamp").GetString()!, CultureInfo.InvariantCulture).ToUnixTimeSeconds();
    }

    /// <summary>Subscribes, and awaits the answer's tick.</summary>
    public async Task<long> SubscribeAsync(string metrics, int interval)
    {
        await SendAsync($"{{\"metrics\":[{metrics}],\"interval_seconds\":{interval}}}");
        return await ReceiveTickAsync();
    }

    public async Task<string> ReceiveErrorAsync()
    {
        var error = await ReceiveAsync();
        Assert.Equal("Error", error.GetProperty("type").GetString());
        return error.GetProperty("message").GetString()!;
    }

    /// <summary>Reads until the server's close frame; returns how many events came before it.</summary>
    public async Task<int> ReceiveCloseAsync()
    {
        var events = 0;
        while (await ReceiveTextAsync() is not null)
            events++;
        return events;
    }

    /// <summary>Begins or answers the close handshake.</summary>
    public async Task CloseOutputAsync()
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        await _client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", limit.Token);
    }

    /// <summary>Goes away without a word.</summary>
    public void Vanish() => _stream.Dispose();

    public Task EndAsync() => Served.WaitAsync(Limit, TimeProvider.System);

    public void Dispose()
    {
        _client.Dispose();
        _stream.Dispose();
    }

    /// <summary>As the endpoint does it.</summary>
    private static async Task ServeAsync(SocketRegistry registry, MetricsSocket socket, Arrival arrival, Duplex stream)
    {
        using var webSocket = socket.WebSocket;
        await registry.ServeAsync(socket, arrival, CancellationToken.None);
        await stream.DisposeAsync();
    }

    private async Task<string?> ReceiveTextAsync()
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        var length = 0;
        while (true)
        {
            var part = await _client.ReceiveAsync(_buffer.AsMemory(length), limit.Token);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            length += part.Count;
            if (part.EndOfMessage)
                return Encoding.UTF8.GetString(_buffer, 0, length);
        }
    }
}
