using System.Globalization;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// A client of a session that reads for ever: after every loss it comes back with its session and the last tick that it read, to a gateway drawn
/// at random or the one it is told. Sends its subscription once, and again only where a Session event shows another. Thread-safe.
/// </summary>
internal sealed class SessionClient : IAsyncDisposable
{
    private const int PauseMsMin = 20;
    private const int PauseMsMax = 800;

    // A gateway that hangs or is cut off is left, as a connection through a dead host is.
    private static readonly TimeSpan PingPeriod = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(3);

    private readonly IReadOnlyList<Uri> _gateways;
    private readonly ClientSubscription _subscription;
    private readonly string? _ownId;
    private readonly Random _random;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private Uri? _next;
    private volatile ClientWebSocket? _socket;
    private int _connections;

    /// <param name="gateways">Where it may go.</param>
    /// <param name="subscription">What it wants.</param>
    /// <param name="ownId">The session's id by the client's own choice; null for one of the gateway's.</param>
    /// <param name="begun">Requests of its scope that have been begun until now.</param>
    /// <param name="seed">Decides where it goes and how long it pauses.</param>
    public SessionClient(IReadOnlyList<Uri> gateways, ClientSubscription subscription, string? ownId, Func<long> begun, int seed)
    {
        (_gateways, _subscription, _ownId, _random) = (gateways, subscription, ownId, new Random(seed));
        Record = new SessionRecord(subscription, begun);
        _running = RunAsync();
    }

    public SessionRecord Record { get; }

    public ClientSubscription Subscription => _subscription;

    /// <summary>Connections that gateways let in.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Leaves the connection that it has, if any, and comes back elsewhere.</summary>
    /// <param name="withClose">By a close handshake instead of just dropping the connection.</param>
    /// <param name="to">Where to; drawn at random where it is not told.</param>
    public void Hop(bool withClose, Uri? to = null)
    {
        Volatile.Write(ref _next, to);
        if (_socket is not { } socket)
            return;
        if (withClose)
            _ = CloseAsync(socket);
        else
            socket.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket?.Abort();
        await _running;
        _stop.Dispose();
    }

    private static async Task CloseAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(CloseTimeout, TimeProvider.System);
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
            await Task.Delay(CloseTimeout, TimeProvider.System, CancellationToken.None);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // It had ended, or cannot be told.
        }

        socket.Abort();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var pause = TimeSpan.FromMilliseconds(_random.Next(PauseMsMin, PauseMsMax));
            using (var socket = new ClientWebSocket())
            {
                try
                {
                    await ConnectAsync(socket);
                    await ReadAsync(socket);
                }
                catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or IOException or SocketException or ObjectDisposedException)
                {
                    pause = RetryAfter(socket) ?? pause;
                }

                _socket = null;
            }

            // Not for luck: the moment in which it comes back is to be any.
            await Task.Delay(pause, TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ConnectAsync(ClientWebSocket socket)
    {
        (socket.Options.KeepAliveInterval, socket.Options.KeepAliveTimeout) = (PingPeriod, PingTimeout);
        socket.Options.CollectHttpResponseDetails = true;
        var gateway = Interlocked.Exchange(ref _next, null) ?? _gateways[_random.Next(_gateways.Count)];
        using var timeout = new CancellationTokenSource(ConnectTimeout, TimeProvider.System);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, timeout.Token);
        try
        {
            await socket.ConnectAsync(new Uri(gateway, Query()), patience.Token);
        }
        catch (Exception) when (!_stop.IsCancellationRequested)
        {
            Record.AddRefusal(socket.HttpStatusCode);
            throw;
        }

        Interlocked.Increment(ref _connections);
        _socket = socket;
    }

    private string Query() => (Record.Id, Record.LastTick) switch
    {
        (null, _) => $"?session={_ownId ?? "new"}",
        ({ } id, null) => SessionFrames.Query(id),
        ({ } id, { } tick) => SessionFrames.Query(id, tick),
    };

    private async Task ReadAsync(ClientWebSocket socket)
    {
        var (isReturn, isFirst, isSent) = (Record.Id is not null, true, false);
        while (await ReadMessageAsync(socket) is { } message)
        {
            if (isFirst && message.Type() != "Session")
                Record.AddViolation($"the first frame was {message}");
            switch (message.Type())
            {
                case "Session":
                    var isMine = Record.TakeSession(message, isFirst && isReturn);
                    if (!isMine && !isSent)
                        await socket.SendAsync(Encoding.UTF8.GetBytes(_subscription.Message), WebSocketMessageType.Text, endOfMessage: true, _stop.Token);
                    isSent |= !isMine;
                    break;
                case "Snapshot":
                    Record.TakeSnapshot(message);
                    break;
                case "Heartbeat":
                case "Error" when _subscription.Kind == "node" && message.Message().StartsWith("Scope ", StringComparison.Ordinal):
                    // A node that dies disappears as a scope, which its Snapshots outlast.
                    break;
                default:
                    Record.AddViolation($"it was sent {message}");
                    break;
            }

            isFirst = false;
        }

        if (socket.CloseStatus is not (WebSocketCloseStatus.NormalClosure or WebSocketCloseStatus.EndpointUnavailable))
            Record.AddViolation($"closed with {(int?)socket.CloseStatus} {socket.CloseStatusDescription}");
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, _stop.Token);
    }

    private async Task<JsonElement?> ReadMessageAsync(ClientWebSocket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[4 * 1024];
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer, _stop.Token);
            if (result.MessageType == WebSocketMessageType.Close)
                return null;
            message.Write(buffer, 0, result.Count);
            if (result.EndOfMessage)
                return JsonElement.Parse(message.ToArray());
        }
    }

    /// <summary>What a refusal asks for.</summary>
    private static TimeSpan? RetryAfter(ClientWebSocket socket) =>
        socket.HttpResponseHeaders is { } headers && headers.FirstOrDefault(header => header.Key.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault() is { } seconds
            ? TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture))
            : null;
}
