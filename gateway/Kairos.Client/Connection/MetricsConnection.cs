using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace Kairos.Client;

/// <summary>One WebSocket, from the attempt to its end. One receiver and one sender at a time; both throw <see cref="ConnectionLostException"/>.</summary>
internal sealed class MetricsConnection : IAsyncDisposable
{
    /// <summary>Of one event; a longer one ends the connection. The longest that a node sends is a ranking of 200 scopes with all metrics, a fifth of it.</summary>
    public const int MessageBytesMax = 1024 * 1024;

    private const int BufferBytesMin = 16 * 1024;

    /// <summary>After which a node that neither takes nor refuses a connection is given up, as one that is cut off.</summary>
    private static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan CloseMax = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait that a node can ask for.</summary>
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    private readonly ClientWebSocket _socket = new();
    private readonly MetricsStreamOptions _options;
    private readonly CancellationTokenSource _silence;
    private Task _receiving = Task.CompletedTask;
    private byte[] _buffer = new byte[BufferBytesMin];

    private MetricsConnection(MetricsStreamOptions options)
    {
        _options = options;
        _silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, options.TimeProvider);
        _socket.Options.CollectHttpResponseDetails = true;
        _socket.Options.KeepAliveInterval = PingInterval;
        _socket.Options.KeepAliveTimeout = PingTimeout;
        options.ConfigureSocket?.Invoke(_socket.Options);
    }

    public static async Task<MetricsConnection> OpenAsync(Uri url, MetricsStreamOptions options, CancellationToken cancellationToken)
    {
        var connection = new MetricsConnection(options);
        try
        {
            await connection.ConnectAsync(url, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The next message; valid until the next call. Cancelled, it leaves the socket whole, so that the node can be told goodbye.</summary>
    public async Task<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken)
    {
        _silence.CancelAfter(_options.SilenceMax);
        var receiving = ReceiveMessageAsync();
        _receiving = receiving;
        var length = await receiving.WaitAsync(cancellationToken);

        // While the reader is busy nothing is read, which is no silence of the node's.
        _silence.CancelAfter(Timeout.InfiniteTimeSpan);
        return _buffer.AsMemory(0, length);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        }
        catch (Exception e) when (IsOfSocket(e) && !cancellationToken.IsCancellationRequested)
        {
            throw new ConnectionLostException("the connection was lost", e);
        }
    }

    /// <summary>Ends it at once; whoever receives hears of it.</summary>
    public void Abort() => _socket.Abort();

    /// <summary>Says goodbye where that is still possible.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            using var limit = new CancellationTokenSource(CloseMax, _options.TimeProvider);
            try
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
            }
            catch (Exception e) when (IsOfSocket(e))
            {
                // It is gone already, or takes nothing: then it ends without a goodbye.
            }
        }

        _socket.Dispose();
        await _receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _silence.Dispose();
    }

    private async Task ConnectAsync(Uri url, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ConnectMax, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _socket.ConnectAsync(url, either.Token);
        }
        catch (Exception e) when (IsOfSocket(e) && !cancellationToken.IsCancellationRequested)
        {
            throw _socket.HttpStatusCode is 0 or HttpStatusCode.SwitchingProtocols
                ? new ConnectionLostException("the node cannot be reached", e)
                : Refused(_socket.HttpStatusCode, e);
        }
    }

    private ConnectionLostException Refused(HttpStatusCode status, Exception e) => new($"the node answered {(int)status}", e)
    {
        Status = status,
        RetryAfter = RetryAfter(),
        IsMistake = status is not (HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError),
    };

    private TimeSpan RetryAfter()
    {
        var header = _socket.HttpResponseHeaders?.FirstOrDefault(header => header.Key.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)).Value;
        if (!RetryConditionHeaderValue.TryParse(header?.FirstOrDefault(), out var value))
        {
            return TimeSpan.Zero;
        }

        var wait = value.Delta ?? (value.Date - _options.TimeProvider.GetUtcNow()) ?? TimeSpan.Zero;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > RetryAfterMax ? RetryAfterMax : wait;
    }

    private async Task<int> ReceiveMessageAsync()
    {
        var length = 0;
        while (true)
        {
            var part = await ReceivePartAsync(length);
            if (part.MessageType is WebSocketMessageType.Close)
            {
                throw Closed((int?)_socket.CloseStatus);
            }

            length += part.Count;
            if (part.EndOfMessage)
            {
                return length;
            }

            if (length == MessageBytesMax)
            {
                throw new ConnectionLostException($"the node sent an event of more than {MessageBytesMax} bytes") { IsMistake = true };
            }

            if (length == _buffer.Length)
            {
                Array.Resize(ref _buffer, Math.Min(2 * length, MessageBytesMax));
            }
        }
    }

    private async Task<ValueWebSocketReceiveResult> ReceivePartAsync(int length)
    {
        try
        {
            return await _socket.ReceiveAsync(_buffer.AsMemory(length), _silence.Token);
        }
        catch (Exception e) when (IsOfSocket(e))
        {
            throw new ConnectionLostException(_silence.IsCancellationRequested ? "nothing came for too long" : "the connection was lost", e);
        }
    }

    /// <summary>"Close codes" in docs/protocol.md.</summary>
    private static ConnectionLostException Closed(int? code) => code switch
    {
        1001 => new("the node stops") { CloseCode = code },
        1002 => new("the node found a frame that breaks the protocol") { CloseCode = code, IsMistake = true },
        1007 => new("the node found a message that is not UTF-8") { CloseCode = code, IsMistake = true },
        1008 => new("the node got too many messages") { CloseCode = code, IsMistake = true },
        1009 => new("the node got too long a message") { CloseCode = code, IsMistake = true },
        4008 => new("events were not read in time") { CloseCode = code },
        _ => new("the node closed the connection") { CloseCode = code },
    };

    /// <summary>What a socket can throw, connecting included. A cancellation is one of its own timers', unless the caller asked for it.</summary>
    private static bool IsOfSocket(Exception e) =>
        e is WebSocketException or HttpRequestException or SocketException or IOException or OperationCanceledException or ObjectDisposedException;
}
