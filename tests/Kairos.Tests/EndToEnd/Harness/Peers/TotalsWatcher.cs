using System.Collections.Concurrent;
using System.Net.WebSockets;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Watches requests_total and connects anew whenever its connection ends, wherever the gateway is by then.</summary>
internal sealed class TotalsWatcher : IAsyncDisposable
{
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<long> _totals = new();
    private readonly Func<int> _port;
    private readonly Task _watching;

    public TotalsWatcher(Func<int> port)
    {
        _port = port;
        _watching = WatchAsync();
    }

    /// <summary>Every total seen, in order.</summary>
    public IReadOnlyList<long> Totals => [.. _totals];

    public void AssertNeverFell()
    {
        var totals = Totals;
        Assert.NotEmpty(totals);
        Assert.Equal(totals.Order(), totals);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var client = await MetricsClient.ConnectAsync(_port());
                while (!_stop.IsCancellationRequested)
                    _totals.Enqueue((await client.ReceiveSnapshotAsync()).Total());
            }
            catch (Exception fault) when (fault is WebSocketException or Xunit.Sdk.XunitException)
            {
                // The gateway is down for the moment.
                await Task.Delay(ReconnectPause, TimeProvider.System, CancellationToken.None);
            }
        }
    }
}
