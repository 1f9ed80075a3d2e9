using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>
/// A silo of its own that takes the reports of simulated gateway nodes, with a Redis that writes each change to the disk: its CPU and memory,
/// how late ticks are, what goes to storage, and how long history takes. It starts with the given minutes of history.
/// </summary>
internal static class RollupBenchmark
{
    private const double HistoryMillisecondsMax = 20;
    private static readonly TimeSpan ShownWithin = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var load = RollupLoad.From(arguments);
        var (seconds, warmup) = (arguments.Take("seconds", 60, atLeast: 1), arguments.Take("warmup", 30));
        var (minutes, reads) = (arguments.Take("history", 65), arguments.Take("reads", 200));
        arguments.RefuseOthers();
        GatewayCluster.RequireRedis();
        Machine.Print();
        Console.WriteLine($"{load}; {seconds} s after {warmup} s, {minutes} minutes of history, {reads} reads of each kind");
        using var scratch = new Scratch();
        await using var cluster = await GatewayCluster.StartAsync(silos: 1, gateways: 0, scratch, minutes == 0 ? null : it => HistorySeed.FillAsync(it, load, minutes));
        await using var client = await ClusterClient.StartAsync(cluster);
        await using var nodes = await SimulatedNodes.StartAsync(client.Grains, load);
        await using var arrivals = new SnapshotArrivals(client.Grains);
        await ShowAsync(client);
        await arrivals.SubscribeAsync();
        await Task.Delay(TimeSpan.FromSeconds(warmup), TimeProvider.System);
        arrivals.Take();
        await MeasureAsync(cluster, client, arrivals, seconds);
        var verdict = new Verdict();
        foreach (var (what, milliseconds, kilobytes) in reads == 0 ? [] : await HistoryReads.MeasureAsync(client, reads))
        {
            verdict.Add(
                $"an hour of history at the node: {what}, p99",
                FormattableString.Invariant($"{milliseconds.P99:0.0} ms (p50 {milliseconds.P50:0.0}, p90 {milliseconds.P90:0.0}, max {milliseconds.Max:0.0}; {kilobytes:0} kB)"),
                milliseconds.P99 <= HistoryMillisecondsMax,
                $"{HistoryMillisecondsMax} ms");
        }

        cluster.ThrowIfOneEnded();
        Machine.PrintLoad();
        return verdict.ExitCode;
    }

    /// <summary>Until the cluster shows requests.</summary>
    private static async Task ShowAsync(ClusterClient client)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            try
            {
                if (await client.Series.GetSnapshotsAsync(Scope.Cluster, 0, follows: true) is [.., { Counters.Requests: > 0 }])
                {
                    return;
                }
            }
            catch (Exception)
            {
                // Of any kind: the client is not connected yet, or the silo is busy with nodes that all come at once.
            }

            if (TimeProvider.System.GetElapsedTime(began) > ShownWithin)
            {
                throw new BenchmarkException($"The cluster showed no request within {ShownWithin.TotalSeconds:0} s.");
            }
        }
    }

    private static async Task MeasureAsync(GatewayCluster cluster, ClusterClient client, SnapshotArrivals arrivals, int seconds)
    {
        var processes = cluster.Members.Select(member => new IdleProcess(member.Name, member.ProcessId)).Append(new IdleProcess("nodes", Environment.ProcessId)).ToList();
        var others = new OthersUse(() => cluster.CpuOfAll);
        string[] figures = ["aof_current_size", "total_net_input_bytes", "total_commands_processed"];
        var before = await Task.WhenAll(figures.Select(client.RedisAsync));
        var blocks = await SiloFigures.ReadAsync(cluster.Silos[0], "kairos_history_written");
        var incomplete = await SiloFigures.ReadAsync(cluster.Silos[0], "kairos_rollup_incomplete");
        var began = TimeProvider.System.GetTimestamp();
        processes.ForEach(process => process.Begin());
        await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        processes.ForEach(process => process.End());
        var elapsed = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        cluster.ThrowIfOneEnded();
        foreach (var process in processes)
        {
            Console.WriteLine(FormattableString.Invariant($"{process.Name,-8} CPU {process.CpuPercent.Median,6:0.00} % of a core, resident {process.Megabytes.Median,6:0.0} MB"));
        }

        var after = await Task.WhenAll(figures.Select(client.RedisAsync));
        var perSecond = after.Zip(before, (now, then) => (now - then) / elapsed).ToArray();
        var heap = await SiloFigures.ReadAsync(cluster.Silos[0], "dotnet_gc_last_collection_heap_size");
        blocks = await SiloFigures.ReadAsync(cluster.Silos[0], "kairos_history_written") - blocks;
        incomplete = await SiloFigures.ReadAsync(cluster.Silos[0], "kairos_rollup_incomplete") - incomplete;
        Console.WriteLine(FormattableString.Invariant(
            $"redis    {perSecond[0] / 1e3:0.0} kB/s to the file, {perSecond[1] / 1e3:0.0} kB/s received, {perSecond[2]:0} commands/s; sealed blocks {blocks / 1e3 / elapsed:0.0} kB/s"));
        Console.WriteLine(FormattableString.Invariant($"silo     heap after its last collection {heap / 1e6:0.0} MB"));
        var seen = arrivals.Take();
        var late = Percentiles.Of(seen.Select(arrival => arrival.SecondsLate * 1_000));
        var rate = (seen[^1].Snapshot.Counters.Requests - seen[0].Snapshot.Counters.Requests) / (double)(seen[^1].Snapshot.Tick - seen[0].Snapshot.Tick);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"ticks    {late.Count} at a node after their end: p50 {late.P50:0} ms, p99 {late.P99:0} ms, max {late.Max:0} ms; {incomplete:0} incomplete; {rate:0} requests a second, {seen[^1].Snapshot.Gauges.Gateways} nodes"));
        Console.WriteLine(FormattableString.Invariant($"others used {others.Part:0.0%} of the machine"));
    }
}
