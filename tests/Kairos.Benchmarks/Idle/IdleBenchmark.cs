using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>
/// CPU and resident memory of each process of a cluster that proxies nothing, one client reading each gateway's stream, beside a bare YARP
/// proxy that is idle over the same seconds. There is no bound: these are the costs that others leave out.
/// </summary>
internal static class IdleBenchmark
{
    private const string Bare = "bare proxy";

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var options = IdleOptions.From(arguments);
        GatewayCluster.RequireRedis();
        Machine.Print();
        Console.WriteLine(options);
        using var scratch = new Scratch();
        await using var cluster = await GatewayCluster.StartAsync(options.Silos, options.Gateways, scratch);
        await using var bare = await StartBareAsync(cluster, scratch);
        var clients = new List<MetricsClient>();
        try
        {
            foreach (var gateway in cluster.Gateways)
            {
                clients.Add(await MetricsClient.ConnectAsync(gateway));
            }

            await MeasureAsync(options, cluster, bare, clients);
        }
        finally
        {
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }

        return 0;
    }

    private static async Task<ChildProcess> StartBareAsync(GatewayCluster cluster, Scratch scratch)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
        var folder = scratch.NewFolder();
        string[] program = [Repository.Benchmarks, BareProxy.Command, $"--urls={url}", $"--contentRoot={folder}"];
        var bare = ChildProcess.Start(Repository.Dotnet, [.. program, .. Destination.Route(1, cluster.DestinationUrl)], folder);
        try
        {
            await Readiness.WaitAsync(bare, $"{url}r1/ready");
            return bare;
        }
        catch
        {
            await bare.DisposeAsync();
            throw;
        }
    }

    private static async Task MeasureAsync(IdleOptions options, GatewayCluster cluster, ChildProcess bare, List<MetricsClient> clients)
    {
        await Task.Delay(TimeSpan.FromSeconds(options.WarmupSeconds), TimeProvider.System);
        IdleProcess[] members = [.. cluster.Members.Select(member => new IdleProcess(member.Name, member.ProcessId))];
        var baseline = new IdleProcess(Bare, bare.Id);
        clients.ForEach(client => client.TakeArrived());
        var (began, others) = (TimeProvider.System.GetTimestamp(), new OthersUse(() => cluster.CpuOfAll + CpuTime.Of(bare.Id)));
        for (var window = 0; window < options.Windows; window++)
        {
            cluster.ThrowIfOneEnded();
            IdleProcess[] all = [.. members, baseline];
            Array.ForEach(all, process => process.Begin());
            await Task.Delay(TimeSpan.FromSeconds(options.Seconds), TimeProvider.System);
            cluster.ThrowIfOneEnded();
            Array.ForEach(all, process => process.End());
        }

        var perSecond = clients.Sum(client => client.TakeArrived()) / (double)clients.Count / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine(FormattableString.Invariant($"others used {others.Part:0.0%} of the machine; each client got {perSecond:0.00} frames a second"));
        Machine.PrintLoad();
        Print(options, members, baseline);
    }

    private static void Print(IdleOptions options, IdleProcess[] members, IdleProcess baseline)
    {
        Console.WriteLine($"median, least and most of {options.Windows} windows of {options.Seconds} s");
        Console.WriteLine($"{"",-12} {"CPU, % of one core",26}    {"resident, MB",26}    {"median /",10}");
        Console.WriteLine($"{"process",-12} {"median",8} {"min",8} {"max",8}    {"median",8} {"min",8} {"max",8}    {Bare,10}");
        foreach (var process in (IEnumerable<IdleProcess>)[.. members, baseline])
        {
            var (cpu, memory) = (process.CpuPercent, process.Megabytes);
            Console.WriteLine(FormattableString.Invariant(
                $"{process.Name,-12} {cpu.Median,8:0.00} {cpu.Min,8:0.00} {cpu.Max,8:0.00}    {memory.Median,8:0.0} {memory.Min,8:0.0} {memory.Max,8:0.0}    {memory.Median / baseline.Megabytes.Median,10:0.00}"));
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{"cluster",-12} {members.Sum(member => member.CpuPercent.Median),8:0.00} {"",17}    {members.Sum(member => member.Megabytes.Median),8:0.0}"));
    }
}
