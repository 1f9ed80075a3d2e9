using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>Both proxies, each a process of its own, before the same destination. Disposing ends them.</summary>
internal sealed class ProxyPair : IAsyncDisposable
{
    private readonly List<ChildProcess> _processes = [];

    private ProxyPair(Proxy bare, Proxy metered)
    {
        (Bare, Metered) = (bare, metered);
    }

    public Proxy Bare { get; private set; }

    /// <summary>The gateway, or another bare proxy for control.</summary>
    public Proxy Metered { get; private set; }

    /// <summary>CPU seconds so far of all that the benchmark runs: what others use is the rest of the machine's.</summary>
    public double CpuOfAll => CpuTime.OfThisAndEndedChildren() + _processes.Sum(process => CpuTime.Of(process.Id));

    public static async Task<ProxyPair> StartAsync(ProxyOptions options, Scratch scratch)
    {
        var pair = new ProxyPair(new Proxy("bare", 0, ""), new Proxy("", 0, ""));
        try
        {
            var destination = await pair.StartAsync("destination", [Repository.Benchmarks, Destination.Command], [], "", scratch);
            var routes = Enumerable.Range(1, options.Routes).SelectMany(i => Destination.Route(i, destination.Url)).ToList();
            pair.Bare = await pair.StartAsync("bare", [Repository.Benchmarks, BareProxy.Command], routes, "r1/ready", scratch);
            pair.Metered = options.Control
                ? await pair.StartAsync("control", [Repository.Benchmarks, BareProxy.Command], routes, "r1/ready", scratch)
                : await pair.StartAsync("gateway", [Repository.Gateway, $"--Kairos:Data:Path={scratch.NewFolder()}"], routes, "health/ready", scratch);
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    private async Task<Proxy> StartAsync(string name, string[] program, IEnumerable<string> routes, string ready, Scratch scratch)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
        var process = ChildProcess.Start(Repository.Dotnet, [.. program, $"--urls={url}", $"--contentRoot={scratch.Path}", .. routes], scratch.Path);
        _processes.Add(process);
        await Readiness.WaitAsync(process, url + ready);
        return new Proxy(name, process.Id, url);
    }
}

/// <summary>A proxy that runs.</summary>
internal sealed record Proxy(string Name, int ProcessId, string Url);
