namespace Kairos.Benchmarks;

/// <summary>The moment at which a response was read to its end.</summary>
/// <param name="Timestamp">For the time that passes until a frame arrives.</param>
/// <param name="UntilSecond">Seconds to the next whole second of the clock, when a snapshot ends.</param>
internal readonly record struct Completion(long Timestamp, double UntilSecond);

/// <summary>Sends one request after another, at random moments: so many a second on average. Used by one thread.</summary>
internal sealed class SingleRequests(string url, int rate) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly Random _random = new();

    public async Task<List<Completion>> SendAsync(int count)
    {
        var completed = new List<Completion>(count);
        while (completed.Count < count)
        {
            // Exponential gaps: every moment of a second is as likely as any other.
            await Task.Delay(TimeSpan.FromSeconds(-Math.Log(1 - _random.NextDouble()) / rate), TimeProvider.System);
            completed.Add(await SendAsync());
        }

        return completed;
    }

    public void Dispose() => _client.Dispose();

    private async Task<Completion> SendAsync()
    {
        try
        {
            // Complete when the body is read.
            using var response = await _client.GetAsync(url);
            var (timestamp, now) = (TimeProvider.System.GetTimestamp(), TimeProvider.System.GetUtcNow());
            response.EnsureSuccessStatusCode();
            var intoSecond = TimeSpan.FromTicks(now.Ticks % TimeSpan.TicksPerSecond);
            return new(timestamp, 1 - intoSecond.TotalSeconds);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new BenchmarkException($"A request to {url} failed, so that counting means nothing: {e.Message}");
        }
    }
}
