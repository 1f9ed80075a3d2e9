using System.Globalization;
using System.Text.Json;

namespace Kairos.Benchmarks;

/// <summary>One gateway by itself, a destination and steady traffic over all its routes. Disposing ends them.</summary>
internal sealed class BusyGateway : IAsyncDisposable
{
    private const int HistorySeconds = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(HistorySeconds + 30);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly List<ChildProcess> _processes = [];
    private SteadyTraffic? _traffic;

    private BusyGateway()
    {
    }

    public string Dashboard { get; private set; } = "";

    /// <summary>Returns when history is long enough to be drawn.</summary>
    public static async Task<BusyGateway> StartAsync(int routes, Scratch scratch)
    {
        var gateway = new BusyGateway();
        try
        {
            var destination = await gateway.StartAsync([Repository.Benchmarks, Destination.Command], "", scratch);
            var settings = Enumerable.Range(1, routes).SelectMany(i => Destination.Route(i, destination));
            string[] program = [Repository.Gateway, $"--Kairos:Data:Path={scratch.NewFolder()}"];
            var url = await gateway.StartAsync([.. program, .. settings], "health/ready", scratch);
            gateway.Dashboard = $"{url}kairos/";
            await gateway.RequireDashboardAsync();
            gateway._traffic = new SteadyTraffic(url, routes);
            await gateway.WaitForHistoryAsync();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="BenchmarkException">A process has ended or a request failed, so that what was measured means nothing.</exception>
    public void ThrowIfFailed()
    {
        if (_processes.Find(process => process.HasExited) is { } ended)
        {
            throw new BenchmarkException($"The gateway or its destination ended during the benchmark. It printed:\n{ended.Output}");
        }

        _traffic?.ThrowIfFailed();
    }

    public async ValueTask DisposeAsync()
    {
        if (_traffic is not null)
        {
            await _traffic.DisposeAsync();
        }

        foreach (var process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }

        _client.Dispose();
    }

    private async Task<string> StartAsync(string[] program, string ready, Scratch scratch)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
        var folder = scratch.NewFolder();
        var process = ChildProcess.Start(Repository.Dotnet, [.. program, $"--urls={url}", $"--contentRoot={folder}"], folder);
        _processes.Add(process);
        await Readiness.WaitAsync(process, url + ready);
        return url;
    }

    private async Task RequireDashboardAsync()
    {
        using var response = await _client.GetAsync(Dashboard);
        if (!response.IsSuccessStatusCode)
        {
            throw new BenchmarkException($"The gateway has no dashboard ({(int)response.StatusCode}); build it with Node and without -p:Dashboard=false.");
        }
    }

    private async Task WaitForHistoryAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        while (await CountSecondsAsync() < HistorySeconds)
        {
            ThrowIfFailed();
            if (TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new BenchmarkException($"After {Patience.TotalSeconds:0} s of traffic there were no {HistorySeconds} s of history.");
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    /// <summary>Seconds of history that have traffic in them.</summary>
    private async Task<int> CountSecondsAsync()
    {
        using var json = JsonDocument.Parse(await _client.GetStreamAsync($"{Dashboard}api/history?metric=requests_total&step=1"));
        return json.RootElement.GetProperty("series")[0].GetProperty("data_points").EnumerateArray().Count(point => point.GetProperty("value").GetDouble() > 0);
    }
}
