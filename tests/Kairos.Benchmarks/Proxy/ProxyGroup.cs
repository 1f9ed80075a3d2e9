using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>All proxies, each a process of its own, before the same destination. Disposing ends them.</summary>
internal sealed class ProxyGroup : IAsyncDisposable
{
    private const string Gateway = "gateway";
    private readonly List<ChildProcess> _processes = [];
    private readonly List<Proxy> _all = [];
    private GatewayCluster? _cluster;

    private ProxyGroup()
    {
    }

    /// <summary>A bare YARP proxy, the gateway (or another bare proxy for control), nginx.</summary>
    public IReadOnlyList<Proxy> All => _all;

    /// <summary>CPU seconds so far of all that the benchmark runs: what others use is the rest of the machine's.</summary>
    public double CpuOfAll => CpuTime.OfThisAndEndedChildren() + _processes.Sum(process => CpuTime.OfTree(process.Id))
        + (_cluster?.Members.Sum(member => CpuTime.Of(member.ProcessId)) ?? 0);

    public static async Task<ProxyGroup> StartAsync(ProxyOptions options, Scratch scratch)
    {
        var group = new ProxyGroup();
        try
        {
            string[] body = [string.Create(CultureInfo.InvariantCulture, $"--body={options.BodyBytes}")];
            var destination = await group.StartAsync("destination", [Repository.Benchmarks, Destination.Command], body, "", scratch);
            var routes = Enumerable.Range(1, options.Routes).SelectMany(i => Destination.Route(i, destination.Url)).ToList();
            string[] bare = [Repository.Benchmarks, BareProxy.Command];
            group._all.Add(await group.StartAsync("bare", bare, routes, "r1/ready", scratch));
            group._all.Add(
                options.Control ? await group.StartAsync("control", bare, routes, "r1/ready", scratch)
                : options.Standalone ? await group.StartAsync(Gateway, [Repository.Gateway, $"--Kairos:Data:Path={scratch.NewFolder()}"], routes, "health/ready", scratch)
                : await group.StartClusterAsync(routes, scratch));
            group._all.Add(await group.StartNginxAsync(options.Routes, new Uri(destination.Url), scratch));
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    private async Task<Proxy> StartAsync(string name, string[] program, IEnumerable<string> settings, string ready, Scratch scratch)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
        var process = ChildProcess.Start(Repository.Dotnet, [.. program, $"--urls={url}", $"--contentRoot={scratch.Path}", .. settings], scratch.Path);
        _processes.Add(process);
        await Readiness.WaitAsync(process, url + ready);
        return new Proxy(name, process.Id, url);
    }

    /// <summary>A gateway node, whose silo is a process of its own: what the silo rolls up is not the proxy's cost.</summary>
    private async Task<Proxy> StartClusterAsync(List<string> routes, Scratch scratch)
    {
        _cluster = await GatewayCluster.StartAsync(silos: 1, gateways: 1, scratch, gatewaySettings: _ => routes);
        return new Proxy(Gateway, _cluster.Members.Last().ProcessId, _cluster.Gateways[0]);
    }

    private async Task<Proxy> StartNginxAsync(int routes, Uri destination, Scratch scratch)
    {
        var port = FreePort.Next();
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/");
        var process = NginxProxy.Start(port, routes, destination, scratch.NewFolder());
        _processes.Add(process);
        await Readiness.WaitAsync(process, $"{url}r1/ready");
        return new Proxy("nginx", process.Id, url);
    }
}

/// <summary>A proxy that runs.</summary>
internal sealed record Proxy(string Name, int ProcessId, string Url)
{
    /// <summary>CPU seconds so far, its workers' included.</summary>
    public double CpuSeconds => CpuTime.OfTree(ProcessId);
}
