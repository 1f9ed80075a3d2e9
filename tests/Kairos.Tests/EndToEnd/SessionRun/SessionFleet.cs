using System.Globalization;

namespace Kairos.Tests.EndToEnd;

/// <summary>Many clients of sessions, with all kinds of subscriptions, that change gateways all the time once they are told to.</summary>
internal sealed class SessionFleet : IAsyncDisposable
{
    // Each client twice in so long at most, and once in it on average: slower than the limit on take-overs.
    private static readonly TimeSpan HopRound = TimeSpan.FromSeconds(7);
    private static readonly string[][] Metrics = [["requests_total"], [], ["requests_total", "response_time_p99"], ["*"], ["requests_per_second", "requests_total", "success_rate"]];

    private readonly ClusterRig _rig;
    private readonly Random _random;
    private readonly SessionClient[] _clients;
    private CancellationTokenSource? _hopping;
    private Task _hops = Task.CompletedTask;

    public SessionFleet(ClusterRig rig, int count, int seed)
    {
        (_rig, _random) = (rig, new Random(seed));
        Uri[] gateways = [.. rig.Nodes.Select(node => node.Stream)];
        _clients = [.. Enumerable.Range(0, count).Select(i => CreateClient(gateways, i, seed + i))];
    }

    public IReadOnlyList<SessionClient> Clients => _clients;

    /// <summary>The violations of all clients since the last call.</summary>
    public IReadOnlyList<string> TakeViolations() => [.. _clients.SelectMany(client => client.Record.TakeViolations())];

    /// <summary>Waits until each client has Snapshots of its own subscription, and what is known of it is in storage.</summary>
    public Task WaitUntilSettledAsync() => Wait.UntilAsync(
        () => _clients.All(client => client.Record.Snapshots is [var first, .., var last] && last.Tick - first.Tick >= 3),
        () => $"Snapshots of {string.Join("; ", _clients.Where(client => client.Record.Snapshots.Count < 2).Select(client => $"{client.Subscription}"))}");

    /// <summary>From now on each client leaves its connection every few seconds, with a close or without.</summary>
    public void BeginHops()
    {
        _hopping = new CancellationTokenSource();
        _hops = HopAsync(_hopping.Token);
    }

    public async Task EndHopsAsync()
    {
        if (_hopping is not { } hopping)
            return;
        await hopping.CancelAsync();
        await _hops;
        hopping.Dispose();
        _hopping = null;
    }

    /// <summary>Waits until each client has a tick, or the first after it that is on its grid.</summary>
    public Task WaitForTickAsync(long tick) => Wait.UntilAsync(
        () => _clients.All(client => client.Record.LastTick >= tick),
        () => $"tick {tick} at {string.Join("; ", _clients.Where(client => client.Record.LastTick < tick).Select(Describe))}");

    public override string ToString()
    {
        var refusals = _clients.SelectMany(client => client.Record.Refusals).GroupBy(refusal => (int)refusal.Key, refusal => refusal.Value);
        var gaps = _clients.SelectMany(client => client.Record.Gaps).CountBy(gap => gap.Reason);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{_clients.Length} clients, {_clients.Sum(client => client.Connections)} connections, {_clients.Sum(client => client.Record.Snapshots.Count)} Snapshots; "
            + $"no connection: {string.Join(", ", refusals.Select(answer => $"{(answer.Key == 0 ? "no answer" : answer.Key)} {answer.Sum()} times"))}; "
            + $"gaps: {string.Join(", ", gaps.Select(gap => $"{gap.Value} \"{gap.Key}\""))}");
    }

    public async ValueTask DisposeAsync()
    {
        await EndHopsAsync();
        await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));
    }

    private static string Describe(SessionClient client) => $"{client.Record.Id} ({client.Subscription}) at {client.Record.LastTick}";

    private SessionClient CreateClient(Uri[] gateways, int i, int seed)
    {
        var node = _rig.Nodes[i % _rig.Nodes.Count];
        var (metrics, interval) = (Metrics[i % Metrics.Length], 1 + (i / 2 % 5));
        var subscription = (i % 3) switch
        {
            0 => new ClientSubscription(metrics, interval),
            1 => new ClientSubscription(metrics, interval, "route", "d"),
            _ => new ClientSubscription(metrics.Length == 0 ? ["*"] : metrics, interval, "node", node.Id),
        };
        return new SessionClient(
            gateways, subscription, i % 2 == 0 ? null : SessionFrames.NewId(), () => subscription.Kind == "node" ? node.Load.Begun : _rig.Begun, seed);
    }

    private async Task HopAsync(CancellationToken stopped)
    {
        using var timer = new PeriodicTimer(HopRound / _clients.Length, TimeProvider.System);
        var order = _clients.ToArray();
        try
        {
            while (true)
            {
                _random.Shuffle(order);
                foreach (var client in order)
                {
                    await timer.WaitForNextTickAsync(stopped);
                    client.Hop(withClose: _random.Next(2) == 0);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the run.
        }
    }
}
