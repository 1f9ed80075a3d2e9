using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;

namespace Kairos.Gateway;

/// <summary>
/// The open sockets of this node: their limits, their heartbeats and pings, and the end of those that do not read or answer. One sweep each second serves all,
/// so that no socket needs a timer. Thread-safe.
/// </summary>
internal sealed class SocketRegistry(GatewaySettings settings, SocketServices services, RequestMeter meter, NodeLife life) : BackgroundService, IHostedLifecycleService
{
    /// <summary>A peer has so long to answer a close frame (DESIGN: at most 3 s).</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan DrainStep = TimeSpan.FromMilliseconds(50);

    /// <summary>The nodes of a cluster get a snapshot within so long of each other, but for a node in distress.</summary>
    private static readonly TimeSpan SnapshotSpread = TimeSpan.FromMilliseconds(500);

    /// <summary><see cref="SnapshotSpread"/> leaves half of each second: twice as fast, and a little more, so that all are told within the period.</summary>
    private const double DrainPace = 2.5;

    /// <summary>A heartbeat or a ping waits so long for a frame to go with.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<MetricsSocket, long> _heartbeatDue = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private readonly Lock _lock = new();
    private int _count;

    /// <summary>Takes a place for a socket of that address; else the reason why there is none.</summary>
    public string? TryEnter(IPAddress address)
    {
        var options = settings.MetricsStream;
        lock (_lock)
        {
            var ofAddress = _byAddress.GetValueOrDefault(address);
            if (life.IsDraining)
            {
                return "draining";
            }

            if (_count >= options.MaxConnections)
            {
                return "connections";
            }

            if (ofAddress >= options.MaxConnectionsPerAddress)
            {
                return "connections_per_address";
            }

            _count++;
            _byAddress[address] = ofAddress + 1;
            return null;
        }
    }

    public void Exit(IPAddress address)
    {
        lock (_lock)
        {
            _count--;
            if (--_byAddress[address] == 0)
            {
                _byAddress.Remove(address);
            }
        }
    }

    /// <summary>Serves an accepted socket until it ends.</summary>
    /// <param name="socket">The socket, upgraded and not yet answered.</param>
    /// <param name="arrival">What it wants first.</param>
    /// <param name="gone">Cancelled when the peer has closed the connection.</param>
    public async Task ServeAsync(MetricsSocket socket, Arrival arrival, CancellationToken gone)
    {
        services.Instruments.ConnectionOpened();
        _heartbeatDue[socket] = services.TimeProvider.GetTimestamp();
        try
        {
            if (life.IsDraining)
            {
                CloseForDrain(socket);
            }

            var first = socket.BeginAsync(arrival);
            if (socket.Session is { } session)
            {
                services.Sessions.Began(session, gone);
            }

            await first;
            await new SocketReader(socket, services).RunAsync();
        }
        catch (WebSocketException e) when (e.WebSocketErrorCode == WebSocketError.Faulted)
        {
            // The peer broke the protocol, and the runtime has answered with 1002 or 1007: a connection dropped now would take that
            // frame with it, so the peer is left to close it.
            socket.End("invalid_frame");
            await Task.Delay(CloseTimeout, services.TimeProvider, gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            socket.Abort("vanished");
        }
        finally
        {
            _heartbeatDue.TryRemove(socket, out _);
            await socket.EndAsync(CloseTimeout);
            if (socket.Session is { } session)
            {
                services.Sessions.Left(session);
            }

            services.Instruments.ConnectionClosed(socket.EndReason);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SweepPeriod, services.TimeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var heartbeat = EventWriter.Heartbeat(services.TimeProvider.GetUtcNow().ToUnixTimeSeconds());
            foreach (var (socket, since) in _heartbeatDue)
            {
                Sweep(socket, since, heartbeat);
            }
        }
    }

    private void Sweep(MetricsSocket socket, long since, byte[] heartbeat)
    {
        var (sending, closing) = socket.Waiting();
        if (closing > CloseTimeout)
        {
            socket.Abort("no_close_reply");
        }
        else if (sending > settings.MetricsStream.SendTimeout)
        {
            // Sent only if the transport takes it after all; else the sweep above drops the connection.
            socket.Close((WebSocketCloseStatus)4008, "Too slow: frames were not read in time", "slow");
        }
        else if (!socket.KeepAlive(settings.MetricsStream.PingInterval, settings.MetricsStream.PingTimeout))
        {
            socket.Abort("vanished");
        }
        else if (services.TimeProvider.GetElapsedTime(since) >= settings.MetricsStream.HeartbeatPeriod)
        {
            _heartbeatDue.TryUpdate(socket, services.TimeProvider.GetTimestamp(), since);
            socket.OfferHeartbeat(heartbeat);
            if (socket.Session is { } session)
            {
                services.Sessions.Changed(session);
            }
        }

        socket.PumpIfPatient(Patience);
    }

    /// <summary>A stop begins here, before the server stops to listen: every socket is told to go elsewhere.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            life.Drain();
        }

        services.Logger.Draining(_heartbeatDue.Count, meter.InFlight);
        await CloseOneAfterAnotherAsync(settings.IsStandalone ? TimeSpan.Zero : settings.MetricsStream.DrainPeriod);
        var since = services.TimeProvider.GetTimestamp();
        while (!_heartbeatDue.IsEmpty && services.TimeProvider.GetElapsedTime(since) < CloseTimeout)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), services.TimeProvider, CancellationToken.None);
        }

        foreach (var (socket, _) in _heartbeatDue)
        {
            socket.Abort("no_close_reply");
        }
    }

    /// <summary>
    /// Spread over the period, in no order, so that thousands of clients do not fall upon the other nodes at once; and only while the newest
    /// snapshot is some time old, so that every node has it: else a client could see an older one on the next node, and totals fall.
    /// </summary>
    private async Task CloseOneAfterAnotherAsync(TimeSpan period)
    {
        var sockets = _heartbeatDue.Keys.ToArray();
        Random.Shared.Shuffle(sockets);
        var began = services.TimeProvider.GetTimestamp();
        var (closed, due) = (0, 0.0);
        for (var spent = TimeSpan.Zero; spent < period;)
        {
            await Task.Delay(DrainStep, services.TimeProvider, CancellationToken.None);
            var former = spent;
            spent = services.TimeProvider.GetElapsedTime(began);
            if (services.Hub.LatestAge >= SnapshotSpread)
            {
                due = Math.Min(due + (sockets.Length * DrainPace * ((spent - former) / period)), sockets.Length);
                CloseUpTo((int)Math.Ceiling(due));
            }
        }

        CloseUpTo(sockets.Length);

        void CloseUpTo(int count)
        {
            for (; closed < count; closed++)
            {
                CloseForDrain(sockets[closed]);
            }
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static void CloseForDrain(MetricsSocket socket) =>
        socket.Close(WebSocketCloseStatus.EndpointUnavailable, "This node is stopping; connect to another", "drained");
}
