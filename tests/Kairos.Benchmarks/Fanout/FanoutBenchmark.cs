using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>
/// CPU per frame and memory per socket of a gateway node, against a bare Kestrel loop and a SignalR broadcast that send frames of the same
/// lengths to as many sockets. All live through the same seconds, each with clients in a process of their own, and send in different parts of the second.
/// </summary>
internal static class FanoutBenchmark
{
    private const double CpuRatioMax = 1.15;
    private const double MemoryRatioMax = 1.2;
    private const int WarmupSockets = 500;
    private const int IdleSeconds = 20;
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var options = FanoutOptions.From(arguments);
        GatewayCluster.RequireRedis();
        Machine.Print();
        Console.WriteLine(options);
        using var scratch = new Scratch();
        await using var cluster = await StartGatewayAsync(scratch);
        await using var gateway = new FanoutServer("gateway", cluster.Members.Last().ProcessId, cluster.Gateways[0], await FanoutFleetControl.StartAsync(scratch), null);
        await using var bare = await FanoutServer.StartAsync("bare loop", BareSockets.Command, scratch);
        await using var silent = await FanoutServer.StartAsync("bare, no pings", BareSockets.Command, scratch);
        await using var hub = await FanoutServer.StartAsync("SignalR", HubSockets.Command, scratch);
        FanoutServer[] all = [gateway, bare, silent, hub];
        var subscriptions = new FanoutSubscriptions(options.IntervalSeconds);

        await ConnectAsync(all, options, subscriptions, WarmupSockets);
        await Task.Delay(Warmup, TimeProvider.System);
        await Task.WhenAll(all.Select(server => server.Fleet.LeaveAsync()));
        await Task.Delay(Rest, TimeProvider.System);
        await WindowAsync(all, IdleSeconds, idle: true);

        await ConnectAsync(all, options, subscriptions, options.Sockets);
        await Task.Delay(TimeSpan.FromSeconds(options.SettleSeconds), TimeProvider.System);
        var others = new OthersUse(() => cluster.CpuOfAll + all.Sum(server => CpuTime.Of(server.Fleet.ProcessId)) + new[] { bare, silent, hub }.Sum(server => CpuTime.Of(server.ProcessId)));
        var (silo, began) = (cluster.Members.Single(member => member.Name.StartsWith("silo", StringComparison.Ordinal)).ProcessId, TimeProvider.System.GetTimestamp());
        var ofSilo = CpuTime.Of(silo);
        for (var window = 0; window < options.Windows; window++)
        {
            await WindowAsync(all, options.Seconds, idle: false);
        }

        cluster.ThrowIfOneEnded();
        Console.WriteLine(FormattableString.Invariant($"the silo used {(CpuTime.Of(silo) - ofSilo) / TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0%} of a core"));
        Console.WriteLine(FormattableString.Invariant($"others used {others.Part:0.0%} of the machine"));
        Machine.PrintLoad();
        foreach (var server in all)
        {
            var figures = await server.Fleet.FiguresAsync();
            if (figures.Open != options.Sockets)
            {
                throw new BenchmarkException($"{server.Name} has {figures.Open} of {options.Sockets} sockets left, so its figures mean nothing.");
            }
        }

        return Judge(options, all);
    }

    /// <summary>A cluster of one gateway node that takes all sockets from this machine.</summary>
    public static Task<GatewayCluster> StartGatewayAsync(Scratch scratch) => GatewayCluster.StartAsync(
        silos: 1,
        gateways: 1,
        scratch,
        gatewaySettings: url => [.. Destination.Route(1, url), "--Kairos:MetricsStream:MaxConnectionsPerAddress=20000"]);

    /// <summary>The gateway's first: the others then send frames as long as its own.</summary>
    private static async Task ConnectAsync(FanoutServer[] all, FanoutOptions options, FanoutSubscriptions subscriptions, int sockets)
    {
        var (gateway, rest) = (all[0], all[1..]);
        using (var load = new SingleRequests($"{gateway.Url}{FanoutSubscriptions.Route}/items/1", rate: 20))
        {
            await load.SendAsync(40);
        }

        await gateway.Fleet.BeginAsync(new FanoutOrder(gateway.Url, sockets, [options.Sessions ? "/ws/metrics?session=new" : "/ws/metrics"], subscriptions.Messages, FanoutOrder.Snapshots));
        var lengths = await LengthsAsync(gateway);
        foreach (var server in rest)
        {
            var path = server.Name == "SignalR" ? "/hub?" : server.Name == "bare loop" ? "/?ping=1&" : "/?";
            string[] targets = [.. lengths.Select((bytes, i) => string.Create(CultureInfo.InvariantCulture, $"{path}interval={subscriptions.IntervalOf(i)}&bytes={bytes}"))];
            var (messages, mark) = server.Name == "SignalR" ? ((string[])["{\"protocol\":\"json\",\"version\":1}\u001e"], "{\"type\":1") : ([], "\"x");
            await server.Fleet.BeginAsync(new FanoutOrder(server.Url, sockets, targets, messages, mark));
        }
    }

    private static async Task<int[]> LengthsAsync(FanoutServer gateway)
    {
        while (true)
        {
            var figures = await gateway.Fleet.FiguresAsync();
            if (figures.Frames >= 2L * figures.Open && Array.TrueForAll(figures.Lengths, length => length > 0))
            {
                return figures.Lengths;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }

    private static async Task WindowAsync(FanoutServer[] all, int seconds, bool idle)
    {
        await Task.WhenAll(all.Select(server => server.BeginWindowAsync()));
        await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        await Task.WhenAll(all.Select(server => server.EndWindowAsync(idle)));
    }

    private static int Judge(FanoutOptions options, FanoutServer[] all)
    {
        var (gateway, bare, hub) = (all[0], all[1], all[3]);
        Console.WriteLine($"{"",-15} {"frames/s",9} {"idle, % core",13} {"KB/socket",10}   us/frame, idle not counted");
        foreach (var server in all)
        {
            var perFrame = Spread.Of(server.Windows.Select(window => window.MicrosecondsPerFrame));
            var rate = server.Windows.Sum(window => window.Frames) / server.Windows.Sum(window => window.Seconds);
            Console.WriteLine(FormattableString.Invariant($"{server.Name,-15} {rate,9:0} {server.IdleCores,13:0.00%} {KilobytesPerSocket(server),10:0.0}   {perFrame.ToString("0.00")}"));
        }

        var verdict = new Verdict();
        var cpu = Ratio(bare, window => window.MicrosecondsPerFrame);
        verdict.Add("CPU per frame, ratio to the bare loop", cpu.ToString("0.000"), cpu.Median <= CpuRatioMax, $"{CpuRatioMax}");
        Console.WriteLine($"      the same, idle cost counted: {Ratio(bare, window => window.MicrosecondsPerFrameWithIdle).ToString("0.000")}");
        Console.WriteLine($"      ratio to the bare loop without pings: {Ratio(all[2], window => window.MicrosecondsPerFrame).ToString("0.000")}");
        var memory = KilobytesPerSocket(gateway) / KilobytesPerSocket(bare);
        verdict.Add("memory per socket, ratio to the bare loop", FormattableString.Invariant($"{memory:0.000}"), memory <= MemoryRatioMax, $"{MemoryRatioMax}");
        var ofHub = Ratio(hub, window => window.MicrosecondsPerFrame);
        verdict.Add("CPU per frame, ratio to SignalR", ofHub.ToString("0.000"), ofHub.Median < 1, "under 1");
        var memoryOfHub = KilobytesPerSocket(gateway) / KilobytesPerSocket(hub);
        verdict.Add("memory per socket, ratio to SignalR", FormattableString.Invariant($"{memoryOfHub:0.000}"), memoryOfHub < 1, "under 1");
        return verdict.ExitCode;

        double KilobytesPerSocket(FanoutServer server) => (server.Megabytes.With - server.Megabytes.Before) * 1024 / options.Sockets;

        Spread Ratio(FanoutServer to, Func<FanoutWindow, double> of) => Spread.Of(gateway.Windows.Zip(to.Windows, (mine, its) => of(mine) / of(its)));
    }
}
