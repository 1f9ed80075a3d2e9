using System.Globalization;
using System.Net.Http.Json;

namespace Kairos.Benchmarks;

/// <summary>A process of subscribers, from outside. Disposing ends it.</summary>
internal sealed class FollowersControl : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private FollowersControl(ChildProcess process, string url)
    {
        _process = process;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(5) };
    }

    public int ProcessId => _process.Id;

    public static async Task<FollowersControl> StartAsync(Scratch scratch)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
        var folder = scratch.NewFolder();
        var process = ChildProcess.Start(Repository.Dotnet, [Repository.Benchmarks, Followers.Command, $"--urls={url}", $"--contentRoot={folder}"], folder);
        try
        {
            await Readiness.WaitAsync(process, $"{url}ready");
            return new FollowersControl(process, url);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Until there are so many clients with so many subscriptions each; the seconds that subscribing took.</summary>
    public async Task<double> GrowAsync(string redis, int nodes, int subscriptions) => double.Parse(
        await TellAsync(string.Create(CultureInfo.InvariantCulture, $"grow?redis={Uri.EscapeDataString(redis)}&nodes={nodes}&subscriptions={subscriptions}")),
        CultureInfo.InvariantCulture);

    public Task LeaveAsync() => TellAsync("leave");

    /// <summary>The ticks that have arrived since the last call.</summary>
    public async Task<IReadOnlyList<FollowedTick>> TakeAsync()
    {
        using var response = await _http.PostAsync("take", content: null);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<FollowedTick[]>())!;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }

    private async Task<string> TellAsync(string what)
    {
        using var response = await _http.PostAsync(what, content: null);
        return response.IsSuccessStatusCode
            ? await response.Content.ReadAsStringAsync()
            : throw new BenchmarkException($"The subscribers answered {(int)response.StatusCode} to {what}. They printed:\n{_process.Output}");
    }
}
