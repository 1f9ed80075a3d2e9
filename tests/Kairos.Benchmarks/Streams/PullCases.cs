namespace Kairos.Benchmarks;

/// <summary>
/// Clusters without traffic that differ in how often their silos look into how many queues: CPU of the silos, how long a snapshot is under way, and
/// how long as many as a roll-up publishes where that many scopes are followed. Used by one thread.
/// </summary>
internal sealed class PullCases(StreamsOptions options, List<TunedCluster> clusters, int redis)
{
    private const int Streams = 200;
    private const int Bursts = 20;
    private const int SendsPerSecond = 20;

    /// <summary>Of each second: when the roll-ups of all the clusters rest, which alone on a machine would not disturb each other.</summary>
    private static readonly (double From, double To) Quiet = (0.3, 0.9);

    public static async Task RunAsync(StreamsOptions options, Scratch scratch)
    {
        Console.WriteLine(
            $"--- silos that pull; all clusters of as many silos at once, sharing one Redis. A burst: one snapshot on each of {Streams} streams, until the last has arrived");
        await RunAsync(options, PullCase.OneSilo, scratch);
        await RunAsync(options, PullCase.TwoSilos, scratch);
    }

    private static async Task RunAsync(StreamsOptions options, PullCase[] cases, Scratch scratch)
    {
        await using var shared = await GatewayCluster.StartAsync(silos: 0, gateways: 0, scratch);
        var clusters = new List<TunedCluster>();
        try
        {
            foreach (var its in cases)
            {
                clusters.Add(await TunedCluster.StartAsync(its, shared.RedisAddress, scratch));
            }

            await new PullCases(options, clusters, shared.Members.Single().ProcessId).RunAsync();
        }
        finally
        {
            await Task.WhenAll(clusters.Select(cluster => cluster.DisposeAsync().AsTask()));
        }
    }

    private async Task RunAsync()
    {
        foreach (var cluster in clusters)
        {
            // The burst also has compiled what the way of a snapshot consists of.
            await cluster.SubscribeAsync(Streams);
            await BurstAsync(cluster);
        }

        await Task.Delay(TimeSpan.FromSeconds(options.WarmupSeconds), TimeProvider.System);
        var (began, ofRedis) = (TimeProvider.System.GetTimestamp(), CpuTime.Of(redis));
        var others = new OthersUse(() => CpuTime.OfThisAndEndedChildren() + CpuTime.Of(redis) + clusters.Sum(cluster => cluster.Cpu));
        double[] before = [.. clusters.Select(cluster => cluster.Cpu)];
        await Task.Delay(options.Window, TimeProvider.System);
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        double[] percent = [.. clusters.Zip(before, (cluster, cpu) => (cluster.Cpu - cpu) / seconds * 100)];
        Console.WriteLine(FormattableString.Invariant(
            $"others used {others.Part:0.0%} of the machine, Redis for all clusters {(CpuTime.Of(redis) - ofRedis) / seconds * 100:0.0} % of a core"));

        var sent = await Task.WhenAll(clusters.Select(cluster => SendAsync(cluster.Probes[0])));
        var bursts = new List<Percentiles>();
        foreach (var cluster in clusters)
        {
            bursts.Add(await BurstsAsync(cluster));
        }

        clusters.ForEach(cluster => cluster.ThrowIfOneEnded());
        Print(percent, sent, bursts);
    }

    /// <summary>Some a second, at random moments, whether those before have arrived or not.</summary>
    private async Task<Percentiles> SendAsync(StreamProbe probe)
    {
        var random = new Random();
        var sent = new List<Task<double>>();
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < options.Window;)
        {
            await Task.Delay(TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / SendsPerSecond), TimeProvider.System);
            if (TimeProvider.System.GetUtcNow().Ticks % TimeSpan.TicksPerSecond / (double)TimeSpan.TicksPerSecond is var at && at > Quiet.From && at < Quiet.To)
            {
                sent.Add(probe.SendAsync());
            }
        }

        return Percentiles.Of(await Task.WhenAll(sent));
    }

    private static async Task<Percentiles> BurstsAsync(TunedCluster cluster)
    {
        var random = new Random();
        var bursts = new List<double>();
        while (bursts.Count < Bursts)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100)), TimeProvider.System);
            bursts.Add(await BurstAsync(cluster));
        }

        return Percentiles.Of(bursts);
    }

    private static async Task<double> BurstAsync(TunedCluster cluster) => (await Task.WhenAll(cluster.Probes.Select(probe => probe.SendAsync()))).Max();

    private void Print(double[] percent, Percentiles[] sent, List<Percentiles> bursts)
    {
        Console.WriteLine($"{"",5} {"pull",5} {"",6} {"silos together,",15} {"silos",6} {"one snapshot, ms",23} {"burst, ms",16}");
        Console.WriteLine($"{"silos",5} {"ms",5} {"queues",6} {"% of a core",15} {"MB",6} {"n",5} {"p50",8} {"p99",8} {"p50",8} {"max",7}");
        for (var i = 0; i < clusters.Count; i++)
        {
            var its = clusters[i].Case;
            Console.WriteLine(FormattableString.Invariant(
                $"{its.Silos,5} {its.Milliseconds,5} {its.Queues,6} {percent[i],15:0.0} {clusters[i].Megabytes,6:0} {sent[i].Count,5} {sent[i].P50,8:0.0} {sent[i].P99,8:0.0} {bursts[i].P50,8:0} {bursts[i].Max,7:0}"));
        }
    }
}
