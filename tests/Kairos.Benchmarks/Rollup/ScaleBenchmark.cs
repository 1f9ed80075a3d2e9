using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>
/// What more and more gateway nodes cost the silos: a tenth of them, three tenths, and all, one after the other on the same cluster. The nodes are
/// simulated in this process, by default each with a grain client of its own, as gateways are; each follows the cluster's stream, as a gateway does.
/// </summary>
internal static class ScaleBenchmark
{
    private const double CoresMax = 0.5;

    /// <summary>Cost of a node among all against its cost among a tenth: noise, but no growth.</summary>
    private const double GrowthMax = 1.1;

    private static readonly TimeSpan ArriveMax = TimeSpan.FromSeconds(120);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var load = new RollupLoad(arguments.Take("nodes", 1_000, atLeast: 10), arguments.Take("routes", 20, atLeast: 1), arguments.Take("requests", 100_000, atLeast: 1));
        var (silos, clients) = (arguments.Take("silos", 1, atLeast: 1), arguments.Take("clients", load.Nodes, atLeast: 1));
        var (seconds, warmup) = (arguments.Take("seconds", 60, atLeast: 1), arguments.Take("warmup", 30));
        var perSecond = arguments.Take("rate", 50, atLeast: 1);
        arguments.RefuseOthers();
        GatewayCluster.RequireRedis();
        Machine.Print();
        Console.WriteLine($"{load}; {silos} silos, nodes over {clients} clients, {perSecond} started a second; {seconds} s after {warmup} s");
        using var scratch = new Scratch();
        await using var cluster = await GatewayCluster.StartAsync(silos, gateways: 0, scratch);
        await using var client = await ClusterClient.StartAsync(cluster);
        await using var arrivals = new SnapshotArrivals(client.Grains);
        await using var fleet = new NodeFleet(client, load, clients);
        var stages = new List<(int Nodes, RollupWindow Window)>();
        foreach (var nodes in new[] { load.Nodes / 10, load.Nodes * 3 / 10, load.Nodes })
        {
            Console.WriteLine($"--- {nodes} nodes");
            var (followed, began, trouble) = (fleet.Followed, TimeProvider.System.GetTimestamp(), fleet.Trouble.Counts);
            await fleet.GrowAsync(nodes, perSecond);
            Console.WriteLine(FormattableString.Invariant($"started  {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s"));
            await arrivals.SubscribeAsync();
            await ShownAsync(arrivals, nodes);
            Console.WriteLine(FormattableString.Invariant($"shown    {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s after the first was started; {ToldSince(fleet, trouble)}"));
            await Task.Delay(TimeSpan.FromSeconds(warmup), TimeProvider.System);
            (followed, began, trouble) = (fleet.Followed, TimeProvider.System.GetTimestamp(), fleet.Trouble.Counts);
            stages.Add((nodes, await RollupWindow.MeasureAsync(cluster, client, arrivals, seconds)));
            var each = (fleet.Followed - followed) / TimeProvider.System.GetElapsedTime(began).TotalSeconds / fleet.Followers;
            stages[^1].Window.Print();
            Console.WriteLine(FormattableString.Invariant($"nodes    {each:0.000} snapshots a second to each that follows; {ToldSince(fleet, trouble)}"));
        }

        Machine.PrintLoad();
        return Judge(stages);
    }

    private static string ToldSince(NodeFleet fleet, IReadOnlyDictionary<string, long> before) => string.Join(
        ", ", fleet.Trouble.Counts.Select(told => (told.Key, Count: told.Value - before.GetValueOrDefault(told.Key))).Where(told => told.Count > 0).Select(told => $"{told.Key} {told.Count}"));

    private static async Task ShownAsync(SnapshotArrivals arrivals, int nodes)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (arrivals.Take() is not [.., { Snapshot.Gauges.Gateways: var shown }] || shown < nodes)
        {
            if (TimeProvider.System.GetElapsedTime(began) > ArriveMax)
            {
                throw new BenchmarkException($"The cluster did not show {nodes} nodes within {ArriveMax.TotalSeconds:0} s.");
            }

            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        }
    }

    private static int Judge(List<(int Nodes, RollupWindow Window)> stages)
    {
        Console.WriteLine($"{"nodes",6} {"silos, cores",13} {"us/s a node",12} {"late p99 ms",12} {"redis kB/s",11} {"heap MB",8}");
        foreach (var (nodes, window) in stages)
        {
            Console.WriteLine(FormattableString.Invariant(
                $"{nodes,6} {window.SiloCores,13:0.000} {window.SiloCores / nodes * 1e6,12:0} {window.LateMilliseconds.P99,12:0} {window.ReceivedBytes / 1e3,11:0} {window.HeapBytes / 1e6,8:0}"));
        }

        var verdict = new Verdict();
        var (first, last) = (stages[0], stages[^1]);
        var growth = last.Window.SiloCores / last.Nodes / (first.Window.SiloCores / first.Nodes);
        verdict.Add($"CPU of all silos with {last.Nodes} nodes", string.Create(CultureInfo.InvariantCulture, $"{last.Window.SiloCores:0.000} cores"), last.Window.SiloCores <= CoresMax, $"{CoresMax}");
        verdict.Add(
            $"CPU for a node among {last.Nodes}, ratio to one among {first.Nodes}", string.Create(CultureInfo.InvariantCulture, $"{growth:0.000}"), growth <= GrowthMax, $"{GrowthMax}");
        return verdict.ExitCode;
    }
}
