using System.Net;
using System.Net.Sockets;

namespace Kairos.Benchmarks;

/// <summary>Waits until a process that has just been started serves.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>For the first 200 of an address.</summary>
    public static Task WaitAsync(ChildProcess process, string url) => WaitAsync(process, $"{url} did not answer 200", () => IsThereAsync(url));

    /// <summary>For the first connection to a loopback port.</summary>
    public static Task WaitAsync(ChildProcess process, int port) => WaitAsync(process, $"Nothing listened on port {port}", () => ListensAsync(port));

    private static async Task WaitAsync(ChildProcess process, string otherwise, Func<Task<bool>> isThere)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await isThere())
        {
            if (process.HasExited || TimeProvider.System.GetElapsedTime(began) > Limit)
            {
                throw new BenchmarkException($"{otherwise} within {Limit.TotalSeconds:0} s. The process printed:\n{process.Output}");
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

    private static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
