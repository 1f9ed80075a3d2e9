using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>
/// Thousands of clients with sessions sit on one gateway node, which is killed: how soon they are back on the others and have all that they
/// missed, and what that costs the silos. Then once more after an absence so long that the nodes have to read the series.
/// </summary>
internal static class ReconnectBenchmark
{
    private const int Killed = 1;
    private const int RequestsPerSecond = 5;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Whoever is not live by then does not count as back; the longest interval is 10 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var options = ReconnectOptions.From(arguments);
        GatewayCluster.RequireRedis();
        Machine.Print();
        Console.WriteLine(options);
        using var scratch = new Scratch();
        await using var cluster = await GatewayCluster.StartAsync(options.Silos, options.Gateways, scratch, gatewaySettings: Settings);
        await using var client = await ClusterClient.StartAsync(cluster);
        await using var fleet = await FleetControl.StartAsync(scratch);
        using var stop = new CancellationTokenSource();
        var traffic = SendAsync(cluster.Gateways[^1], stop.Token);
        await BeginAsync(options, cluster, fleet);
        var verdict = new Verdict();
        await LoseNodeAsync(options, cluster, client, fleet, verdict);
        if (options.LongAwaySeconds > 0)
        {
            await cluster.RestartGatewayAsync(Killed);
            await LeaveAsync(options, cluster, client, fleet, verdict);
        }

        await stop.CancelAsync();
        await traffic;
        Machine.PrintLoad();
        return verdict.ExitCode;
    }

    private static IEnumerable<string> Settings(string destination) =>
    [
        "--Kairos:MetricsStream:MaxConnectionsPerAddress=1000000",
        "--Kairos:MetricsStream:MaxConnections=1000000",
        .. Enumerable.Range(1, SessionSubscriptions.Routes).SelectMany(i => Destination.Route(i, destination)),
    ];

    /// <summary>A little of everything that is asked for, so that percentiles have something to tell.</summary>
    private static async Task SendAsync(string gateway, CancellationToken cancellationToken)
    {
        var routes = Enumerable.Range(1, SessionSubscriptions.Routes).Select(i => new SingleRequests(string.Create(CultureInfo.InvariantCulture, $"{gateway}r{i}/items"), RequestsPerSecond)).ToList();
        await Task.WhenAll(routes.Select(SendAsync));

        async Task SendAsync(SingleRequests requests)
        {
            using (requests)
            {
                while (!cancellationToken.IsCancellationRequested)
                {
                    await requests.SendAsync(count: 1);
                }
            }
        }
    }

    private static async Task BeginAsync(ReconnectOptions options, GatewayCluster cluster, FleetControl fleet)
    {
        var began = TimeProvider.System.GetTimestamp();
        var cpu = new CpuSeconds([.. cluster.Members, ("clients", fleet.ProcessId)]);
        await fleet.BeginAsync(options.Clients, options.Seed, cluster.Gateways[Killed - 1]);
        while ((await fleet.FiguresAsync()).Begun < options.Clients)
        {
            cluster.ThrowIfOneEnded();
            await Task.Delay(Second, TimeProvider.System);
        }

        cpu.Note();
        Console.WriteLine(FormattableString.Invariant($"{options.Clients} new sessions with a subscription after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s; {Cores(cpu, 1)}"));
        await Task.Delay(TimeSpan.FromSeconds(options.WarmupSeconds), TimeProvider.System);
        cpu.Note();
        Console.WriteLine($"at rest: {Cores(cpu, 2)}");
    }

    private static async Task LoseNodeAsync(ReconnectOptions options, GatewayCluster cluster, ClusterClient client, FleetControl fleet, Verdict verdict)
    {
        List<string> left = [.. cluster.Gateways.Where((_, i) => i != Killed - 1)];
        await fleet.HoldAsync();
        var before = await ReturnCounters.ReadAsync(left, client);
        var since = TimeProvider.System.GetTimestamp();
        await cluster.KillGatewayAsync(Killed);
        var returning = ReturnAsync();
        var (figures, cpu) = await FollowAsync(options, cluster, fleet);
        await returning;
        var after = await ReturnCounters.ReadAsync(left, client);
        ReturnReport.Print($"gw-{Killed} killed; the clients set out for the {left.Count} others after {options.AwaySeconds} s; from the kill", options.Clients, since, figures, cpu, (before, after), verdict);

        async Task ReturnAsync()
        {
            await Task.Delay(TimeSpan.FromSeconds(options.AwaySeconds), TimeProvider.System);
            await fleet.ReturnAsync(left);
        }
    }

    private static async Task LeaveAsync(ReconnectOptions options, GatewayCluster cluster, ClusterClient client, FleetControl fleet, Verdict verdict)
    {
        await fleet.LeaveAsync();
        await Task.Delay(TimeSpan.FromSeconds(options.LongAwaySeconds), TimeProvider.System);
        cluster.ThrowIfOneEnded();
        var before = await ReturnCounters.ReadAsync(cluster.Gateways, client);
        var since = TimeProvider.System.GetTimestamp();
        await fleet.ReturnAsync(cluster.Gateways);
        var (figures, cpu) = await FollowAsync(options, cluster, fleet);
        var after = await ReturnCounters.ReadAsync(cluster.Gateways, client);
        ReturnReport.Print($"away for {options.LongAwaySeconds} s, then all at once to all {cluster.Gateways.Count} nodes; from when they set out", options.Clients, since, figures, cpu, (before, after), verdict);
    }

    /// <summary>Until all are live, and for the seconds that count.</summary>
    private static async Task<(FleetFigures Figures, CpuSeconds Cpu)> FollowAsync(ReconnectOptions options, GatewayCluster cluster, FleetControl fleet)
    {
        var cpu = new CpuSeconds([.. cluster.Members, ("clients", fleet.ProcessId)]);
        var others = new OthersUse(() => cluster.CpuOfAll + CpuTime.Of(fleet.ProcessId));
        var began = TimeProvider.System.GetTimestamp();
        for (var second = 1; second <= ReturnReport.BackSecondsMax; second++)
        {
            var rest = (second * Second) - TimeProvider.System.GetElapsedTime(began);
            await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, TimeProvider.System);
            cpu.Note();
            cluster.ThrowIfOneEnded();
        }

        var part = others.Part;
        var figures = await fleet.FiguresAsync();
        while (figures.LiveAt.Length < options.Clients && TimeProvider.System.GetElapsedTime(began) < Patience)
        {
            await Task.Delay(Second, TimeProvider.System);
            figures = await fleet.FiguresAsync();
        }

        Console.WriteLine(FormattableString.Invariant($"others used {part:0.0%} of the machine in the first {ReturnReport.BackSecondsMax} s"));
        return (figures, cpu);
    }

    private static string Cores(CpuSeconds cpu, int at) =>
        string.Join(", ", cpu.Names.Select(name => FormattableString.Invariant($"{name} {cpu.Of(name, at)[at - 1]:0.00}"))) + " cores";
}
