namespace Kairos.Tests.EndToEnd;

/// <summary>
/// A cluster of real processes: a Redis, silos, gateways under one destination, each gateway with a load that is held at first and a
/// client that watches it.
/// </summary>
internal sealed class ClusterRig : IAsyncDisposable
{
    private readonly List<SiloProcess> _silos = [];
    private readonly List<GatewayNode> _nodes = [];
    private readonly bool _ownsRedis;
    private readonly List<string> _problems = [];
    private string _endedSilos = "";
    private Tally _invented = Tally.None;

    private ClusterRig(Destination destination, RedisServer redis, bool ownsRedis)
    {
        Destination = destination;
        Redis = redis;
        _ownsRedis = ownsRedis;
    }

    public Destination Destination { get; }

    public RedisServer Redis { get; }

    public string ClusterId { get; } = $"test-{Guid.NewGuid():N}";

    public IReadOnlyList<SiloProcess> Silos => _silos;

    public IReadOnlyList<GatewayNode> Nodes => _nodes;

    /// <summary>What was not as promised, though the run can go on.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Times out of bounds are problems too: on a machine that has nothing else to do.</summary>
    public bool BoundsTimes { get; set; }

    public IEnumerable<GatewayNode> Running => _nodes.Where(node => node.Runs);

    /// <summary>Requests begun on all gateways, and what the test reported itself.</summary>
    public long Begun => _nodes.Sum(node => node.Load.Begun) + _invented.Total;

    /// <summary>Responses of all gateways read to their end, and what the test reported itself.</summary>
    public Tally Completed => _nodes.Aggregate(_invented, (sum, node) => sum + node.Load.Completed);

    /// <summary>
    /// A cluster that is ready, on a Redis of its own unless it is given one; with one more silo on another host, first of all, and one more gateway
    /// on another, last of all, if wanted. The arguments are for the gateways of this host.
    /// </summary>
    public static async Task<ClusterRig> StartAsync(
        int silos, int gateways, RedisServer? redis = null, int? firstSiloOn = null, int? lastGatewayOn = null, params string[] gatewayArguments)
    {
        RedisServer.Require();
        var rig = await CreateAsync(redis ?? await RedisServer.StartAsync(), ownsRedis: redis is null);
        try
        {
            if (firstSiloOn is { } host)
                await rig.StartSiloAsync(host);
            await Task.WhenAll(Enumerable.Range(0, silos).Select(_ => rig.StartSiloAsync()));
            for (var i = 1; i <= gateways; i++)
                await rig.AddNode($"gw-{i}", gatewayArguments).StartAsync();
            if (lastGatewayOn is { } away)
                await rig.AddNode(GatewayNode.OnHost(away, $"gw-{gateways + 1}", rig)).StartAsync();
            await Task.WhenAll(rig.Nodes.Select(node => node.Process.WaitUntilReadyAsync()));
            await rig.WaitForAdvanceAsync();
            return rig;
        }
        catch
        {
            rig.KeepLogs("start");
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>A cluster without a process but Redis, where that runs.</summary>
    public static async Task<ClusterRig> CreateAsync(RedisServer redis, bool ownsRedis = true) =>
        new(await Destination.StartAsync(), redis, ownsRedis);

    /// <summary>A gateway's place; the caller starts the process.</summary>
    public GatewayNode AddNode(string id, params string[] arguments) => AddNode(new GatewayNode(id, this, arguments));

    public GatewayNode AddNode(GatewayNode node)
    {
        _nodes.Add(node);
        return node;
    }

    /// <summary>Starts a silo on new ports and returns once it is active.</summary>
    public async Task<SiloProcess> StartSiloAsync(int? host = null)
    {
        var silo = SiloProcess.Start(Redis.Address, ClusterId, host);
        _silos.Add(silo);
        await silo.WaitUntilReadyAsync();
        return silo;
    }

    /// <summary>Kills silos at one instant, with SIGKILL.</summary>
    public async Task KillAsync(params IReadOnlyCollection<SiloProcess> silos)
    {
        foreach (var silo in silos)
            silo.Kill();
        foreach (var silo in silos)
            await ForgetAsync(silo);
    }

    /// <summary>Takes a silo that has ended, or is about to, from the list.</summary>
    public async Task ForgetAsync(SiloProcess silo)
    {
        await silo.WaitForExitAsync();
        _silos.Remove(silo);
        _endedSilos += $"\n--- silo {silo.Port}, ended\n{silo.Output}";
        await silo.DisposeAsync();
    }

    public void ResumeTraffic()
    {
        foreach (var node in Running)
            node.Load.Resume();
    }

    public Task HoldTrafficAsync() => Task.WhenAll(_nodes.Select(node => node.Load.HoldUntilIdleAsync()));

    /// <summary>Waits until every running gateway has sent two new Snapshots.</summary>
    public Task WaitForAdvanceAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        return Wait.UntilAsync(
            () => Running.Any() && Running.All(node => node.Watcher.AdvancesSince(start).Count >= 2),
            () => $"two Snapshots from each gateway: {string.Join(", ", Running.Select(node => $"{node.Id} {node.Watcher.Last}"))}");
    }

    public void AddProblem(string problem) => _problems.Add(problem);

    /// <summary>Adds failed requests and what no client may see, of all gateways since the last call.</summary>
    public void AddProblemsOfClients(string during)
    {
        foreach (var node in _nodes)
        {
            var failures = node.Load.TakeFailures();
            if (failures.Count > 0)
                AddProblem($"{during}: {failures.Count} requests failed at {node.Id}, such as {failures[^1]}");
            _problems.AddRange(node.Watcher.TakeViolations().Select(violation => $"{during}: {violation}"));
        }
    }

    /// <summary>SIGTERM to a silo, and its end.</summary>
    public async Task StopAsync(SiloProcess silo)
    {
        if (await silo.TerminateAsync() is var exitCode and not 0)
            AddProblem($"the silo on {silo.Port} ended with {exitCode} on SIGTERM");
        await ForgetAsync(silo);
    }

    /// <summary>Counts requests that the test reports itself, before it does.</summary>
    public void AddInvented(Tally requests) => _invented += requests;

    /// <summary>Writes what every process printed to a folder under artifacts; its path.</summary>
    public string KeepLogs(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Build.Root, "artifacts", "fault-logs", $"{name}-{ClusterId[5..13]}")).FullName;
        foreach (var node in _nodes)
        {
            node.KeepOutput();
            File.WriteAllText(Path.Combine(folder, $"{node.Id}.log"), node.Output);
            File.WriteAllLines(Path.Combine(folder, $"{node.Id}-seen.log"), node.Watcher.AdvancesSince(0).Select(seen => $"{seen}"));
        }

        foreach (var silo in _silos)
            File.WriteAllText(Path.Combine(folder, $"silo-{silo.Port}.log"), silo.Output);
        File.WriteAllText(Path.Combine(folder, "silos-ended.log"), _endedSilos);
        File.WriteAllText(Path.Combine(folder, "redis.log"), Redis.Output);
        return folder;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        foreach (var silo in _silos)
            await silo.DisposeAsync();
        if (_ownsRedis)
            await Redis.DisposeAsync();
        await Destination.DisposeAsync();
    }
}
