using System.Net.WebSockets;
using System.Text.Json;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// A client of one gateway's stream that connects anew after every close, keeps what it saw, and notes whatever no client may ever see:
/// a total that falls, on one connection or from one to the next, or one that exceeds what was begun. Thread-safe.
/// </summary>
/// <remarks>
/// The gateways behind a balancer get a snapshot some milliseconds apart. A client whose connection broke there, instead of being closed with
/// a reason, may therefore see its last snapshot but one once more, unchanged.
/// </remarks>
internal sealed class NodeWatcher : IAsyncDisposable
{
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Sighting> _advances = [];
    private List<string> _violations = [];
    private readonly int _port;
    private readonly string _address;
    private readonly Func<long> _begun;
    private readonly bool _behindBalancer;
    private readonly Task _watching;
    private MetricsClient? _client;
    private Sighting? _last;
    private Sighting? _lastButOne;
    private bool _broke;

    public NodeWatcher(int port, Func<long> begun, bool behindBalancer = false, string address = GatewayProcess.Loopback)
    {
        _port = port;
        _address = address;
        _begun = begun;
        _behindBalancer = behindBalancer;
        _watching = WatchAsync();
    }

    /// <summary>The newest Snapshot; null before the first.</summary>
    public Sighting? Last => Read(() => _last);

    /// <summary>The violations since the last call.</summary>
    public IReadOnlyList<string> TakeViolations() => Read<IReadOnlyList<string>>(() =>
    {
        var taken = _violations;
        _violations = [];
        return taken;
    });

    /// <summary>The Snapshots newer than all before them that have arrived since a timestamp.</summary>
    public IReadOnlyList<Sighting> AdvancesSince(long timestamp) => Read<IReadOnlyList<Sighting>>(() =>
        [.. _advances.SkipWhile(seen => seen.Arrived < timestamp)]);

    /// <summary>The newest Snapshots, at most so many.</summary>
    public IReadOnlyList<Sighting> LastAdvances(int count) => Read<IReadOnlyList<Sighting>>(() => [.. _advances.TakeLast(count)]);

    /// <summary>The longest time without a newer Snapshot that had not ended by a timestamp, to the present.</summary>
    public TimeSpan LongestSilenceSince(long timestamp) => Read(() =>
    {
        var first = Math.Max(_advances.FindLastIndex(seen => seen.Arrived < timestamp), 0);
        var arrivals = _advances.Skip(first).Select(seen => seen.Arrived).Append(TimeProvider.System.GetTimestamp()).ToArray();
        return arrivals.Zip(arrivals.Skip(1), (former, next) => TimeProvider.System.GetElapsedTime(former, next)).Append(default).Max();
    });

    public override string ToString() => $"port {_port} shows {Last}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (Read(() => _client) is { } client)
            await client.DisposeAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        for (var connection = 1; !_stop.IsCancellationRequested; connection++)
        {
            try
            {
                await using var client = await MetricsClient.ConnectAsync(_port, address: _address);
                Read(() => _client = client);
                await WatchAsync(client, connection);
            }
            catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or Xunit.Sdk.XunitException)
            {
                // The gateway is down for the moment, or it is the end.
                await Task.Delay(ReconnectPause, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private async Task WatchAsync(MetricsClient client, int connection)
    {
        try
        {
            while (!_stop.IsCancellationRequested)
                Keep(await client.ReceiveSnapshotAsync(), connection);
        }
        finally
        {
            _broke |= _behindBalancer && client.CloseStatus is null;
        }
    }

    private void Keep(JsonElement snapshot, int connection)
    {
        var counts = new Tally(snapshot.Total(), snapshot.Count("requests_success"), snapshot.Count("requests_error"));
        var seen = new Sighting(
            TimeProvider.System.GetTimestamp(), snapshot.Tick(), counts, snapshot.Count("active_connections"));
        var begun = _begun();
        lock (_lock)
        {
            var again = _broke && seen.Tick == _lastButOne?.Tick && counts == _lastButOne.Counts;
            if (!again && _last is { } last && (counts.Total < last.Counts.Total || counts.Success < last.Counts.Success || counts.Error < last.Counts.Error))
                _violations.Add($"port {_port}, connection {connection}: {counts} of tick {seen.Tick} after {last.Counts} of tick {last.Tick}");
            if (counts.Total > begun)
                _violations.Add($"port {_port}, connection {connection}: {counts} of tick {seen.Tick}, though only {begun} requests were begun");
            if (_last is null || seen.Tick > _advances[^1].Tick)
                _advances.Add(seen);
            (_lastButOne, _last, _broke) = (_last, seen, false);
        }
    }

    private T Read<T>(Func<T> read)
    {
        lock (_lock)
            return read();
    }
}
