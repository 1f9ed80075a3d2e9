namespace Kairos.Benchmarks;

/// <summary>
/// Time from the moment at which a response was complete, at one gateway node, to the first frame in which a 1 s client of another node
/// sees it counted. Of that, a client that gets a frame each whole second waits for the next second whatever the product does: the floor.
/// </summary>
internal static class LatencyBenchmark
{
    private const double P99SecondsMax = 1.25;
    private static readonly TimeSpan ShownWithin = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var requests = arguments.Take("requests", 300, atLeast: 1);
        var rate = arguments.Take("rate", 3, atLeast: 1);
        var warmup = arguments.Take("warmup", 10);
        var silos = arguments.Take("silos", 2, atLeast: 1);
        arguments.RefuseOthers();
        GatewayCluster.RequireRedis();
        Machine.Print();
        Console.WriteLine($"{requests} requests through gw-1, {rate} a second on average, after {warmup} s of the same; a client of gw-2; {silos} silos");
        using var scratch = new Scratch();
        await using var cluster = await GatewayCluster.StartAsync(silos, gateways: 2, scratch);
        await using var client = await MetricsClient.ConnectAsync(cluster.Gateways[1]);
        using var load = new SingleRequests($"{cluster.Gateways[0]}r1/items/1", rate);

        await ShowAsync(client, before: 0, await load.SendAsync(warmup * rate));
        var others = new OthersUse(() => cluster.CpuOfAll);
        var completed = await load.SendAsync(requests);
        var shown = await ShowAsync(client, before: warmup * rate, completed);
        cluster.ThrowIfOneEnded();
        Console.WriteLine($"others used {others.Part:0.0%} of the machine");
        Machine.PrintLoad();
        return Judge(completed, shown);
    }

    /// <summary>Reads frames until all requests are shown; the arrival of the first frame that shows each.</summary>
    private static async Task<List<long>> ShowAsync(MetricsClient client, long before, List<Completion> completed)
    {
        var shown = new List<long>(completed.Count);
        while (shown.Count < completed.Count)
        {
            var (arrived, total) = await client.NextAsync();
            if (total > before + completed.Count)
            {
                throw new BenchmarkException($"A snapshot shows {total} requests, but {before + completed.Count} were sent.");
            }

            while (shown.Count < total - before)
            {
                shown.Add(arrived);
            }

            if (shown.Count < completed.Count && TimeProvider.System.GetElapsedTime(completed[^1].Timestamp, arrived) > ShownWithin)
            {
                throw new BenchmarkException(
                    $"A snapshot shows {total} requests, {ShownWithin.TotalSeconds:0} s after the last of {before + completed.Count} was complete.");
            }
        }

        return shown;
    }

    private static int Judge(List<Completion> completed, List<long> shown)
    {
        double[] latency = [.. completed.Zip(shown, (request, arrived) => TimeProvider.System.GetElapsedTime(request.Timestamp, arrived).TotalSeconds)];
        var all = Percentiles.Of(latency);
        Console.WriteLine($"{"seconds",-45} {"n",6} {"p50",7} {"p90",7} {"p99",7} {"max",7}");
        Print("response complete -> in a frame", all);
        Print("  of that, the wait for the next whole second", Percentiles.Of(completed.Select(request => request.UntilSecond)));
        Print("  the rest: what the product adds", Percentiles.Of(latency.Zip(completed, (seconds, request) => seconds - request.UntilSecond)));
        Console.WriteLine($"{shown.Distinct().Count()} frames showed them. Each line is sorted by itself: its parts add up for one request, not for a percentile.");
        var verdict = new Verdict();
        verdict.Add("request completed -> in a frame of a 1 s client on another node, p99", FormattableString.Invariant($"{all.P99:0.000} s"), all.P99 <= P99SecondsMax, $"{P99SecondsMax} s");
        return verdict.ExitCode;
    }

    private static void Print(string what, Percentiles of) => Console.WriteLine(FormattableString.Invariant(
        $"{what,-45} {of.Count,6} {of.P50,7:0.000} {of.P90,7:0.000} {of.P99,7:0.000} {of.Max,7:0.000}"));
}
