using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>
/// What clients that never read cost the others: how late frames come to thousands of readers, in turn without such clients and from when these
/// connect until the gateway node has closed the last of them; and what the node's memory grows by meanwhile.
/// </summary>
internal static class StalledBenchmark
{
    /// <summary>Of the medians of p99 lateness, with and without them: the noise between rounds is greater than this.</summary>
    private const double LatenessRatioMax = 1.1;

    /// <summary>Of a socket that is not read: Kestrel's own limit of what it keeps for one (64 KiB), and as much again for what the socket is.</summary>
    private const double KilobytesMax = 128;

    private static readonly TimeSpan CloseMax = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(35);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var (sockets, stalled) = (arguments.Take("sockets", 5_000, atLeast: 1), arguments.Take("stalled", 1_000, atLeast: 1));
        var (rounds, seconds) = (arguments.Take("rounds", 5, atLeast: 1), arguments.Take("seconds", 30, atLeast: 1));
        arguments.RefuseOthers();
        GatewayCluster.RequireRedis();
        Machine.Print();
        Console.WriteLine($"{sockets} readers, a frame each second; {rounds} times {stalled} clients that do not read, after {seconds} s without");
        using var scratch = new Scratch();
        await using var cluster = await FanoutBenchmark.StartGatewayAsync(scratch);
        await using var readers = await FanoutFleetControl.StartAsync(scratch);
        var gateway = new StalledGateway(cluster.Gateways[0], cluster.Members.Last().ProcessId);
        using (var load = new SingleRequests($"{gateway.Url}{FanoutSubscriptions.Route}/items/1", rate: 20))
        {
            await load.SendAsync(40);
        }

        await readers.BeginAsync(new FanoutOrder(gateway.Url, sockets, ["/ws/metrics"], new FanoutSubscriptions(1).Messages, FanoutOrder.Snapshots));
        await Task.Delay(Settle, TimeProvider.System);
        var all = new List<StalledRound>();
        for (var round = 0; round < rounds; round++)
        {
            var without = await LatenessAsync(readers, () => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System));
            await using var silent = await FanoutFleetControl.StartAsync(scratch);
            var (memory, closedAfter) = (gateway.Megabytes, 0.0);
            var with = await LatenessAsync(readers, async () =>
            {
                await silent.BeginAsync(new FanoutOrder(gateway.Url, stalled, ["/ws/metrics"], ["{\"metrics\":[\"*\"]}"], FanoutOrder.Snapshots, Reads: false));
                closedAfter = await gateway.WaitUntilLeftAsync(sockets, CloseMax);
            });
            all.Add(new StalledRound(without, with, closedAfter, (gateway.TakeMostMegabytes() - memory) * 1024 / stalled));
            Console.WriteLine(all[^1]);
        }

        var left = (await readers.FiguresAsync()).Open;
        Console.WriteLine($"closed, by reason: {await gateway.ReasonsAsync()}");
        Machine.PrintLoad();
        return Judge(all, left, sockets);
    }

    private static int Judge(List<StalledRound> all, int left, int sockets)
    {
        var without = Spread.Of(all.Select(round => round.Without.P99));
        var with = Spread.Of(all.Select(round => round.With.P99));
        var memory = Spread.Of(all.Select(round => round.Kilobytes));
        Console.WriteLine($"p99 lateness without them, ms: {without.ToString("0")}");
        Console.WriteLine($"p99 lateness with them, ms: {with.ToString("0")}");
        var verdict = new Verdict();
        var ratio = with.Median / without.Median;
        verdict.Add("p99 lateness of the readers, ratio of medians", ratio.ToString("0.000", CultureInfo.InvariantCulture), ratio <= LatenessRatioMax, $"{LatenessRatioMax}");
        verdict.Add("memory for each that does not read, at most, KB", memory.ToString("0"), memory.Max <= KilobytesMax, $"{KilobytesMax}");
        verdict.Add("readers left", $"{left} of {sockets}", left == sockets, "all");
        return verdict.ExitCode;
    }

    private static async Task<Lateness> LatenessAsync(FanoutFleetControl readers, Func<Task> meanwhile)
    {
        await readers.ResetAsync();
        await meanwhile();
        var figures = await readers.FiguresAsync();
        return new Lateness(figures.Late(0.5), figures.Late(0.99), figures.Late(1));
    }

    /// <summary>Milliseconds from the end of a frame's second until a client had read it.</summary>
    private readonly record struct Lateness(double P50, double P99, double Max);

    private sealed record StalledRound(Lateness Without, Lateness With, double ClosedAfterSeconds, double Kilobytes)
    {
        public override string ToString() => FormattableString.Invariant(
            $"late, ms: without p50 {Without.P50:0} p99 {Without.P99:0} max {Without.Max:0}; with p50 {With.P50:0} p99 {With.P99:0} max {With.Max:0}; all closed after {ClosedAfterSeconds:0.0} s; {Kilobytes:0} KB each at most");
    }
}

/// <summary>The gateway node that the clients are connected to. Used by one thread.</summary>
internal sealed class StalledGateway(string url, int processId)
{
    private const string Reason = "kairos_sockets_closed_total{reason=\"";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false });
    private double _most;

    public string Url => url;

    public double Megabytes => ResidentMemory.OfInMegabytes(processId);

    /// <summary>Seconds until it has no more than so many sockets.</summary>
    public async Task<double> WaitUntilLeftAsync(int sockets, TimeSpan atMost)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (await SiloFigures.ReadAsync(url, "kairos_sockets_open") > sockets)
        {
            if (TimeProvider.System.GetElapsedTime(began) > atMost)
            {
                throw new BenchmarkException($"Clients that do not read were still connected after {atMost.TotalSeconds:0} s.");
            }

            _most = Math.Max(_most, Megabytes);
            await Task.Delay(Pause, TimeProvider.System);
        }

        return TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>The most that was seen while sockets were waited for, since the last call.</summary>
    public double TakeMostMegabytes()
    {
        var most = Math.Max(_most, Megabytes);
        _most = 0;
        return most;
    }

    public async Task<string> ReasonsAsync()
    {
        var text = await Client.GetStringAsync(new Uri($"{url}metrics"));
        return string.Join(", ", text.Split('\n').Where(line => line.StartsWith(Reason, StringComparison.Ordinal)).Select(line => line[Reason.Length..].Split(' ')[..2]).Select(words => string.Join(' ', words)));
    }
}
