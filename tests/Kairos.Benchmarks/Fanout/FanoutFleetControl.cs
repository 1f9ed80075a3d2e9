using System.Globalization;
using System.Net.Http.Json;

namespace Kairos.Benchmarks;

/// <summary>A process of clients, from outside. Disposing ends it.</summary>
internal sealed class FanoutFleetControl : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private FanoutFleetControl(ChildProcess process, string url)
    {
        _process = process;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(5) };
    }

    public int ProcessId => _process.Id;

    public static async Task<FanoutFleetControl> StartAsync(Scratch scratch)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
        var folder = scratch.NewFolder();
        var process = ChildProcess.Start(Repository.Dotnet, [Repository.Benchmarks, FanoutFleet.Command, $"--urls={url}", $"--contentRoot={folder}"], folder);
        try
        {
            await Readiness.WaitAsync(process, $"{url}ready");
            return new FanoutFleetControl(process, url);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns when all are connected and have subscribed.</summary>
    public async Task BeginAsync(FanoutOrder order)
    {
        using var response = await _http.PostAsJsonAsync("begin", order);
        if (!response.IsSuccessStatusCode)
        {
            throw new BenchmarkException($"The clients could not all connect to {order.Server}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    public Task LeaveAsync() => TellAsync("leave");

    /// <summary>Lateness is counted anew.</summary>
    public Task ResetAsync() => TellAsync("reset");

    public async Task<FanoutFigures> FiguresAsync() => (await _http.GetFromJsonAsync<FanoutFigures>("figures"))!;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }

    private async Task TellAsync(string what)
    {
        using var response = await _http.PostAsync(what, content: null);
        response.EnsureSuccessStatusCode();
    }
}
