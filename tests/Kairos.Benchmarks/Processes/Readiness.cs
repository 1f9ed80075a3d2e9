using System.Net;

namespace Kairos.Benchmarks;

/// <summary>Waits for the first 200 of an address.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };

    public static async Task WaitAsync(ChildProcess process, string url)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await IsThereAsync(url))
        {
            if (process.HasExited || TimeProvider.System.GetElapsedTime(began) > Limit)
            {
                throw new BenchmarkException($"{url} did not answer 200 within {Limit.TotalSeconds:0} s. The process printed:\n{process.Output}");
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    private static async Task<bool> IsThereAsync(string url)
    {
        try
        {
            using var response = await Client.GetAsync(url);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
