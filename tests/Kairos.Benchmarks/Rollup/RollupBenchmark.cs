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
        await using var nodes = new SimulatedNodes(load);
        for (var node = 0; node < load.Nodes; node++)
        {
            await nodes.AddAsync(client.Grains);
        }

        await using var arrivals = new SnapshotArrivals(client.Grains);
        await ShowAsync(client);
        await arrivals.SubscribeAsync();
        await Task.Delay(TimeSpan.FromSeconds(warmup), TimeProvider.System);
        (await RollupWindow.MeasureAsync(cluster, client, arrivals, seconds)).Print();
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
}
