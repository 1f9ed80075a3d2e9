using System.Net;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Traffic to the one address of a cluster, clients that watch the totals there, and what was not as promised.</summary>
internal sealed class ComposeClients : IAsyncDisposable
{
    private const int Loads = 2;
    private const int Watchers = 4;

    private static readonly LoadPath[] Paths =
    [
        new("orders/7", 200), new("payments/declined", 403), new("orders/8", 200), new("payments/broken", 500),
        new("reports/9", 200), new("no-such-route", 404),
    ];

    private readonly GatewayLoad[] _loads;
    private readonly NodeWatcher[] _watchers;
    private readonly Settlement _settlement;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{ComposeStack.Port}/") };
    private Tally _own = Tally.None;
    private long _ownBegun;

    public ComposeClients()
    {
        _loads = [.. Enumerable.Range(0, Loads).Select(_ => new GatewayLoad(ComposeStack.Port, Paths))];
        _watchers = [.. Enumerable.Range(0, Watchers).Select(_ => new NodeWatcher(ComposeStack.Port, () => Begun, behindBalancer: true))];
        _settlement = new Settlement(() => Task.WhenAll(_loads.Select(load => load.HoldUntilIdleAsync())), () => Completed, () => Begun, () => _watchers);
    }

    /// <summary>Requests under way at a time, at most.</summary>
    public static int InFlightMax => Loads * GatewayLoad.Workers;

    public long Begun => _loads.Sum(load => load.Begun) + Interlocked.Read(ref _ownBegun);

    public Tally Completed => _loads.Select(load => load.Completed).Aggregate(_own, (a, b) => a + b);

    public Tally? Shown => _watchers[0].Last?.Counts;

    public void Resume()
    {
        foreach (var load in _loads)
            load.Resume();
    }

    /// <summary>So many responses were complete in the time before a timestamp.</summary>
    public int CompletedWithin(TimeSpan span, long before) => _loads.Sum(load => load.CompletedWithin(span, before));

    /// <summary>Stops traffic and compares the totals: see <see cref="Settlement.SettleAsync"/>.</summary>
    public Task<long> SettleAsync(long lossMax) => _settlement.SettleAsync(lossMax);

    /// <summary>Waits until every client has got two new Snapshots.</summary>
    public Task WaitForAdvanceAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        return Wait.UntilAsync(
            () => _watchers.All(watcher => watcher.AdvancesSince(start).Count >= 2),
            () => $"two Snapshots for each client: {string.Join("; ", _watchers.Select(watcher => $"{watcher}"))}");
    }

    public TimeSpan LongestSilenceSince(long timestamp) => _watchers.Max(watcher => watcher.LongestSilenceSince(timestamp));

    public IReadOnlyList<FailedRequest> TakeFailures() => [.. _loads.SelectMany(load => load.TakeFailures())];

    public IReadOnlyList<string> TakeViolations() => [.. _watchers.SelectMany(watcher => watcher.TakeViolations())];

    /// <summary>A request of the test's own, counted as the others are; for one caller at a time.</summary>
    public async Task<HttpStatusCode> SendAsync(string path)
    {
        Interlocked.Increment(ref _ownBegun);
        using var response = await _http.GetAsync(path, TestContext.Current.CancellationToken);
        _own += Tally.Of([(int)response.StatusCode]);
        return response.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (var load in _loads)
            await load.DisposeAsync();
        foreach (var watcher in _watchers)
            await watcher.DisposeAsync();
    }
}
