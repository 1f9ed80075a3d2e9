using System.Globalization;
using System.Net.Http.Json;

namespace Kairos.Benchmarks;

/// <summary>The process of the clients, from outside. Disposing ends it.</summary>
internal sealed class FleetControl : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private FleetControl(ChildProcess process, string url)
    {
        _process = process;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(100) };
    }

    public int ProcessId => _process.Id;

    public static async Task<FleetControl> StartAsync(Scratch scratch)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
        var folder = scratch.NewFolder();
        var process = ChildProcess.Start(Repository.Dotnet, [Repository.Benchmarks, ClientFleet.Command, $"--urls={url}", $"--contentRoot={folder}"], folder);
        try
        {
            await Readiness.WaitAsync(process, $"{url}ready");
            return new FleetControl(process, url);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public Task BeginAsync(int clients, int seed, string node) =>
        TellAsync(string.Create(CultureInfo.InvariantCulture, $"begin?clients={clients}&seed={seed}&node={Uri.EscapeDataString(node)}"));

    public Task HoldAsync() => TellAsync("hold");

    public Task LeaveAsync() => TellAsync("leave");

    public Task ReturnAsync(IEnumerable<string> nodes) => TellAsync($"return?nodes={Uri.EscapeDataString(string.Join(' ', nodes))}");

    public async Task<FleetFigures> FiguresAsync() => (await _http.GetFromJsonAsync<FleetFigures>("figures"))!;

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
