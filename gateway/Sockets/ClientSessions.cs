using System.Threading.Channels;

namespace Kairos.Gateway;

/// <summary>
/// Tells each client's session grain what the client is subscribed to: after each change, with each heartbeat, and when it leaves. Beside
/// the sockets, a few calls at a time; of a socket at most one update waits, and it carries the newest state.
/// </summary>
internal sealed class ClientSessions(
    IGrainFactory grains,
    GatewaySettings settings,
    GatewayInstruments instruments,
    TimeProvider timeProvider,
    ILogger<ClientSessions> logger) : BackgroundService
{
    private const int CallsAtATime = 16;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    // Bounded by the number of sockets: each is in it at most once to be updated and once to be closed.
    private readonly Channel<(MetricsSocket Socket, bool Left)> _waiting = Channel.CreateBounded<(MetricsSocket, bool)>(
        (2 * settings.MetricsStream.MaxConnections) + 1);

    private bool _failing;

    public void Changed(MetricsSocket socket)
    {
        if (Interlocked.Exchange(ref socket.SessionUpdatePending, 1) == 0)
        {
            Enqueue(socket, left: false);
        }
    }

    public void Left(MetricsSocket socket) => Enqueue(socket, left: true);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Parallel.ForEachAsync(
            _waiting.Reader.ReadAllAsync(stoppingToken),
            new ParallelOptions { MaxDegreeOfParallelism = CallsAtATime, CancellationToken = stoppingToken },
            async (waiting, _) => await TellAsync(waiting.Socket, waiting.Left));

    private void Enqueue(MetricsSocket socket, bool left)
    {
        if (!_waiting.Writer.TryWrite((socket, left)))
        {
            instruments.SessionUpdateFailed();
        }
    }

    private async Task TellAsync(MetricsSocket socket, bool left)
    {
        Volatile.Write(ref socket.SessionUpdatePending, 0);
        if (socket.IsEnding && !left)
        {
            // It would come after the goodbye, and bring the session back.
            return;
        }

        try
        {
            var session = grains.GetGrain<IClientSessionGrain>(socket.Session);
            var call = left
                ? session.CloseAsync()
                : session.UpdateAsync(new SessionState(settings.Node.Id, socket.ConnectedAt, SubscriptionRequest.ToSubscription(socket.Subscription)));
            await call.WaitAsync(CallTimeout, timeProvider);
            _failing = false;
        }
        catch (Exception e)
        {
            instruments.SessionUpdateFailed();
            if (!_failing)
            {
                logger.SessionUpdateFailed(e);
            }

            _failing = true;
        }
    }
}
