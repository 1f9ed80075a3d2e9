namespace Kairos.Benchmarks;

/// <summary>What a cluster did in some seconds.</summary>
/// <param name="Processes">Redis, silos and gateways, and the simulated nodes: CPU and resident memory.</param>
/// <param name="FileBytes">Written by Redis to its file, a second.</param>
/// <param name="ReceivedBytes">By Redis, a second.</param>
/// <param name="Commands">Of Redis, a second.</param>
/// <param name="SealedBytes">Of history, a second.</param>
/// <param name="Trouble">What the silos count when they are overloaded, and how often.</param>
/// <param name="HeapBytes">Of all silos, after their last collections.</param>
/// <param name="LateMilliseconds">From the end of a tick until a node had its snapshot.</param>
/// <param name="RequestsPerSecond">As snapshots tell.</param>
/// <param name="Nodes">As the last snapshot tells.</param>
/// <param name="OthersPart">Of the machine, used by others.</param>
internal sealed record RollupWindow(
    IReadOnlyList<IdleProcess> Processes,
    double FileBytes,
    double ReceivedBytes,
    double Commands,
    double SealedBytes,
    string Trouble,
    double HeapBytes,
    Percentiles LateMilliseconds,
    double RequestsPerSecond,
    long Nodes,
    double OthersPart)
{
    private static readonly string[] OfRedis = ["aof_current_size", "total_net_input_bytes", "total_commands_processed"];
    private static readonly string[] OfSilos =
        ["kairos_history_written", "kairos_rollup_incomplete", "kairos_rollup_unpublished", "kairos_rollup_unreachable", "kairos_storage_late"];

    /// <summary>Cores that all silos use.</summary>
    public double SiloCores => Processes.Where(process => process.Name.StartsWith("silo", StringComparison.Ordinal)).Sum(process => process.CpuPercent.Median) / 100;

    public static async Task<RollupWindow> MeasureAsync(GatewayCluster cluster, ClusterClient client, SnapshotArrivals arrivals, int seconds)
    {
        List<IdleProcess> processes = [.. cluster.Members.Select(member => new IdleProcess(member.Name, member.ProcessId)), new IdleProcess("nodes", Environment.ProcessId)];
        arrivals.Take();
        var others = new OthersUse(() => cluster.CpuOfAll);
        var (redis, silos) = (await RedisAsync(client), await SilosAsync(cluster));
        var began = TimeProvider.System.GetTimestamp();
        processes.ForEach(process => process.Begin());
        await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        processes.ForEach(process => process.End());
        var elapsed = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        cluster.ThrowIfOneEnded();
        double[] perSecond = [.. (await RedisAsync(client)).Zip(redis, (now, then) => (now - then) / elapsed)];
        double[] told = [.. (await SilosAsync(cluster)).Zip(silos, (now, then) => now - then)];
        var heap = await Task.WhenAll(cluster.Silos.Select(silo => SiloFigures.ReadAsync(silo, "dotnet_gc_last_collection_heap_size")));
        var seen = arrivals.Take();
        if (seen.Count < 2)
        {
            throw new BenchmarkException($"{seen.Count} snapshots came in {elapsed:0} s.");
        }

        var rate = (seen[^1].Snapshot.Counters.Requests - seen[0].Snapshot.Counters.Requests) / (double)(seen[^1].Snapshot.Tick - seen[0].Snapshot.Tick);
        return new RollupWindow(
            processes, perSecond[0], perSecond[1], perSecond[2], told[0] / elapsed, TroubleOf(told), heap.Sum(),
            Percentiles.Of(seen.Select(arrival => arrival.SecondsLate * 1_000)), rate, seen[^1].Snapshot.Gauges.Gateways, others.Part);
    }

    public void Print()
    {
        foreach (var process in Processes)
        {
            Console.WriteLine(FormattableString.Invariant($"{process.Name,-8} CPU {process.CpuPercent.Median,6:0.00} % of a core, resident {process.Megabytes.Median,6:0.0} MB"));
        }

        Console.WriteLine(FormattableString.Invariant(
            $"redis    {FileBytes / 1e3:0.0} kB/s to the file, {ReceivedBytes / 1e3:0.0} kB/s received, {Commands:0} commands/s; sealed blocks {SealedBytes / 1e3:0.0} kB/s"));
        Console.WriteLine(FormattableString.Invariant($"silos    heap after their last collection {HeapBytes / 1e6:0.0} MB"));
        Console.WriteLine(FormattableString.Invariant(
            $"ticks    {LateMilliseconds.Count} at a node after their end: p50 {LateMilliseconds.P50:0} ms, p99 {LateMilliseconds.P99:0} ms, max {LateMilliseconds.Max:0} ms; {Trouble}; {RequestsPerSecond:0} requests a second, {Nodes} nodes"));
        Console.WriteLine(FormattableString.Invariant($"others used {OthersPart:0.0%} of the machine"));
    }

    private static string TroubleOf(double[] told) => string.Join(
        ", ", OfSilos.Zip(told).Skip(1).Select(pair => FormattableString.Invariant($"{pair.First[(pair.First.LastIndexOf('_') + 1)..]} {pair.Second:0}")));

    private static Task<double[]> RedisAsync(ClusterClient client) => Task.WhenAll(OfRedis.Select(client.RedisAsync));

    private static Task<double[]> SilosAsync(GatewayCluster cluster) => Task.WhenAll(OfSilos.Select(
        async name => (await Task.WhenAll(cluster.Silos.Select(silo => SiloFigures.ReadAsync(silo, name)))).Sum()));
}
