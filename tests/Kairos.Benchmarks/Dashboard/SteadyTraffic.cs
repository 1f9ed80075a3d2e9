namespace Kairos.Benchmarks;

/// <summary>So many requests a second in all, to the routes in turn, from its making to its disposal.</summary>
internal sealed class SteadyTraffic : IAsyncDisposable
{
    public const int PerSecond = 100;

    // One slow answer does not hold up the others.
    private const int Senders = 4;

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;

    public SteadyTraffic(string gateway, int routes)
    {
        var began = TimeProvider.System.GetTimestamp();
        _sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => SendAsync(gateway, routes, sender, began)));
    }

    /// <exception cref="BenchmarkException">A request failed.</exception>
    public void ThrowIfFailed()
    {
        if (_sending.Exception?.InnerException is { } failure)
        {
            throw new BenchmarkException($"A request to the gateway failed, so that there is less traffic than said: {failure.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task SendAsync(string gateway, int routes, int first, long began)
    {
        for (var i = first; ; i += Senders)
        {
            var wait = TimeSpan.FromSeconds((double)i / PerSecond) - TimeProvider.System.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System, _stop.Token);
            }

            using var response = await _client.GetAsync($"{gateway}r{(i % routes) + 1}/items/1", _stop.Token);
            response.EnsureSuccessStatusCode();
        }
    }
}
