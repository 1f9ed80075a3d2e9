using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>
/// Redis, silos and gateway nodes, each a process of its own, before one destination, which takes <c>/r1/…</c>. Disposing ends them.
/// </summary>
internal sealed class GatewayCluster : IAsyncDisposable
{
    private const string Redis = "redis-server";
    private readonly List<(string Name, ChildProcess Process)> _processes = [];
    private readonly Scratch _scratch;
    private readonly Func<string, IEnumerable<string>> _gatewaySettings;

    private GatewayCluster(Scratch scratch, Func<string, IEnumerable<string>> gatewaySettings)
    {
        (_scratch, _gatewaySettings) = (scratch, gatewaySettings);
    }

    public const string ClusterId = "benchmark";

    public string RedisAddress { get; private set; } = "";

    /// <summary>Addresses of the silos' health and metrics.</summary>
    public List<string> Silos { get; } = [];

    /// <summary>Addresses of the gateway nodes, <c>gw-1</c> first.</summary>
    public List<string> Gateways { get; } = [];

    public string DestinationUrl { get; private set; } = "";

    /// <summary>Redis, then the silos, then the gateway nodes.</summary>
    public IEnumerable<(string Name, int ProcessId)> Members =>
        _processes.Where(started => started.Name != Destination.Command).Select(started => (started.Name, started.Process.Id));

    /// <summary>CPU seconds so far of the cluster, the destination and this process.</summary>
    public double CpuOfAll => CpuTime.OfThisAndEndedChildren() + _processes.Sum(started => CpuTime.Of(started.Process.Id));

    public static void RequireRedis() => Installed.Require(Redis, "a cluster keeps its state there");

    /// <param name="silos">How many silos.</param>
    /// <param name="gateways">How many gateway nodes.</param>
    /// <param name="scratch">For the files of all.</param>
    /// <param name="beforeSilos">Done once Redis is there and nothing else.</param>
    /// <param name="gatewaySettings">Of every gateway node, given the destination's address; one route when null.</param>
    public static async Task<GatewayCluster> StartAsync(
        int silos, int gateways, Scratch scratch, Func<GatewayCluster, Task>? beforeSilos = null, Func<string, IEnumerable<string>>? gatewaySettings = null)
    {
        var cluster = new GatewayCluster(scratch, gatewaySettings ?? (url => Destination.Route(1, url)));
        try
        {
            await cluster.StartRedisAsync();
            await (beforeSilos?.Invoke(cluster) ?? Task.CompletedTask);
            cluster.DestinationUrl = await cluster.StartAsync(Destination.Command, Repository.Benchmarks, [Destination.Command], "");
            for (var i = 1; i <= silos; i++)
            {
                await cluster.StartSiloAsync(i);
            }

            for (var i = 1; i <= gateways; i++)
            {
                cluster.Gateways.Add(await cluster.StartGatewayAsync(i));
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="BenchmarkException">A process has ended, so that what was measured means nothing.</exception>
    public void ThrowIfOneEnded()
    {
        foreach (var (name, process) in _processes.Where(started => started.Process.HasExited))
        {
            throw new BenchmarkException($"{name} ended during the benchmark. It printed:\n{process.Output}");
        }
    }

    /// <summary>Ends a gateway node at once, as a lost machine would.</summary>
    public async Task KillGatewayAsync(int i)
    {
        var lost = _processes.Single(started => started.Name == GatewayName(i));
        _processes.Remove(lost);
        await lost.Process.DisposeAsync();
    }

    /// <summary>Starts one more gateway node; returns when it is ready.</summary>
    public async Task AddGatewayAsync() => Gateways.Add(await StartGatewayAsync(Gateways.Count + 1));

    /// <summary>Starts a killed gateway node again, at another address.</summary>
    public async Task RestartGatewayAsync(int i) => Gateways[i - 1] = await StartGatewayAsync(i);

    public async ValueTask DisposeAsync()
    {
        // Those that depend on others first.
        foreach (var (_, process) in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }
    }

    /// <summary>As operations asks for: every write is on the disk before it is answered.</summary>
    private async Task StartRedisAsync()
    {
        var port = FreePort.Next();
        RedisAddress = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        var folder = _scratch.NewFolder();
        string[] durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
        string[] where = ["--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--dir", folder];
        var process = ChildProcess.Start(Redis, [.. where, .. durable], folder);
        _processes.Add(("redis", process));
        await Readiness.WaitAsync(process, port);
    }

    private async Task StartSiloAsync(int i) => Silos.Add(await StartAsync($"silo-{i}", Repository.Silo, [
        .. Joining(),
        string.Create(CultureInfo.InvariantCulture, $"--Kairos:Silo:Port={FreePort.Next()}"),
        string.Create(CultureInfo.InvariantCulture, $"--Kairos:Silo:GatewayPort={FreePort.Next()}"),
    ], "health/ready"));

    private Task<string> StartGatewayAsync(int i) => StartAsync(GatewayName(i), Repository.Gateway, [
        .. Joining(),
        "--Kairos:Cluster:Mode=Redis",
        $"--Kairos:Node:Id={GatewayName(i)}",
        .. _gatewaySettings(DestinationUrl),
    ], "health/ready");

    private static string GatewayName(int i) => string.Create(CultureInfo.InvariantCulture, $"gw-{i}");

    private string[] Joining() => [$"--ConnectionStrings:Redis={RedisAddress}", $"--Kairos:Cluster:ClusterId={ClusterId}"];

    /// <summary>Starts a program of this repository and waits until it is ready; its address.</summary>
    private async Task<string> StartAsync(string name, string program, string[] arguments, string ready)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
        var folder = _scratch.NewFolder();
        var process = ChildProcess.Start(Repository.Dotnet, [program, .. arguments, $"--urls={url}", $"--contentRoot={folder}"], folder);
        _processes.Add((name, process));
        await Readiness.WaitAsync(process, url + ready);
        return url;
    }
}
