using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Kairos.Benchmarks;

/// <summary>
/// A client with a session: comes back as the product's own client module does, and looks whether every tick of its grid comes once. One task;
/// the fleet reads its figures while it rests.
/// </summary>
internal sealed class SessionClient(ClientFleet fleet, SessionSubscription subscription, Random random)
{
    private const double RetryMinSeconds = 0.5;
    private const double RetryMaxSeconds = 15;
    private static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(10);

    private ClientSocket? _socket;
    private string? _id;
    private long _lastTick;
    private int _attempt;
    private bool _isSubscribed;

    /// <summary>Of the absence under way.</summary>
    public ClientReturn Return { get; private set; } = new();

    /// <summary>It has its subscription and a Snapshot of that.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>A new absence is about to begin.</summary>
    public void Expect() => Return = new ClientReturn();

    public void Drop() => _socket?.Dispose();

    /// <summary>Comes back for ever; each attempt at the next of the fleet's nodes.</summary>
    public async Task RunAsync()
    {
        var place = random.Next();
        while (true)
        {
            await fleet.Gate;
            if (_id is not null)
            {
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(RetryMaxSeconds, RetryMinSeconds * Math.Pow(2, _attempt)) * (0.5 + (random.NextDouble() / 2))), TimeProvider.System);
                _attempt++;
            }

            var retryAfter = await ComeAsync(fleet.Nodes[place++ % fleet.Nodes.Count]);
            if (retryAfter > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(retryAfter), TimeProvider.System);
            }
        }
    }

    /// <summary>One connection until its end; for how many seconds the node wants to be left alone.</summary>
    private async Task<int> ComeAsync(Uri node)
    {
        try
        {
            Return.Attempts++;
            _socket = null;
            using var limit = new CancellationTokenSource(ConnectMax, TimeProvider.System);
            var query = _id is null ? "session=new" : string.Create(CultureInfo.InvariantCulture, $"session={_id}&last_tick={_lastTick}");
            var (socket, refusal, retryAfter) = await ClientSocket.ConnectAsync(node, $"/ws/metrics?{query}", limit.Token);
            if (socket is null)
            {
                fleet.Refused(refusal);
                return retryAfter;
            }

            using (_socket = socket)
            {
                await ReadAsync(socket);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            if (HasBegun && Return.BackAt == 0 && _socket is null)
            {
                fleet.Refused(e is OperationCanceledException ? "no answer" : e.Message);
            }
        }

        return 0;
    }

    private async Task ReadAsync(ClientSocket socket)
    {
        while (await socket.NextAsync() is { } json)
        {
            if (SessionEvent.IsSnapshot(json.Span))
            {
                Take(SessionEvent.Tick(json.Span));
            }
            else if (SessionEvent.IsSession(json.Span) && Greet(json.Span))
            {
                await socket.SendAsync(subscription.Message);
            }
        }
    }

    /// <summary>True when the subscription is still to be sent.</summary>
    private bool Greet(ReadOnlySpan<byte> json)
    {
        _attempt = 0;
        _id ??= Encoding.ASCII.GetString(SessionEvent.Id(json));
        var isRecovered = SessionEvent.IsRecovered(json);
        if (!isRecovered)
        {
            _lastTick = SessionEvent.FirstTick(json) - subscription.IntervalSeconds;
        }

        if (!HasBegun)
        {
            var asks = !_isSubscribed;
            HasBegun = _isSubscribed;
            _isSubscribed = true;
            return asks;
        }

        if (!isRecovered)
        {
            Return.Gaps++;
            fleet.Gap(Encoding.UTF8.GetString(SessionEvent.Reason(json)));
        }

        if (Return.BackAt == 0)
        {
            Return.BackAt = TimeProvider.System.GetTimestamp();
            Return.BackSecond = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            Return.IsResumed = SessionEvent.IsResumed(json);
            Return.IsRecovered = isRecovered;
            NoteWhetherCaughtUp();
        }

        return false;
    }

    private void Take(long tick)
    {
        if (!HasBegun)
        {
            return;
        }

        var expected = _lastTick + subscription.IntervalSeconds;
        Return.Doubled += tick < expected ? 1 : 0;
        Return.Missing += tick > expected ? 1 : 0;
        _lastTick = tick;
        if (Return.BackAt != 0)
        {
            Return.Snapshots++;
            NoteWhetherCaughtUp();
            if (Return.LiveAt == 0 && tick >= Return.BackSecond)
            {
                Return.LiveAt = TimeProvider.System.GetTimestamp();
            }
        }
    }

    /// <summary>The next Snapshot was not due more than a second ago.</summary>
    private void NoteWhetherCaughtUp()
    {
        if (Return.CaughtUpAt == 0 && _lastTick + subscription.IntervalSeconds >= TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 1)
        {
            Return.CaughtUpAt = TimeProvider.System.GetTimestamp();
            Return.SnapshotsMissed = Return.Snapshots;
        }
    }
}
