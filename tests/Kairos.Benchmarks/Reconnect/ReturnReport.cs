namespace Kairos.Benchmarks;

/// <summary>The figures of one return, beside their bounds.</summary>
internal static class ReturnReport
{
    /// <summary>From the kill, or from the moment at which they set out.</summary>
    public const int BackSecondsMax = 15;

    /// <summary>
    /// Of a silo, over any <see cref="CpuWindowSeconds"/>: a second by itself is a matter of the garbage collector and of the JIT, and of no
    /// harm to anybody; what lasts is.
    /// </summary>
    private const double CoresMax = 1;
    private const int CpuWindowSeconds = 5;
    private const double ReadsPartMax = 0.01;

    public static void Print(string name, int clients, long since, FleetFigures figures, CpuSeconds cpu, (ReturnCounters Before, ReturnCounters After) counters, Verdict verdict)
    {
        Console.WriteLine();
        Console.WriteLine($"{name}");
        Console.WriteLine($"{"seconds",-58} {"n",6} {"p50",7} {"p95",7} {"p99",7} {"max",7}");
        Print("until back (the Session event)", since, figures.BackAt);
        Print("until caught up (all that was due a second before)", since, figures.CaughtUpAt);
        Print("until live (a Snapshot made after it was back)", since, figures.LiveAt);
        Print(cpu);
        var (before, after) = counters;
        var reads = after.MissedReads - before.MissedReads;
        Console.WriteLine(FormattableString.Invariant(
            $"attempts {figures.Attempts}; refused {Listed(figures.Refused)}; not continued {Listed(figures.Reasons)}; resumed {figures.Resumed}; Snapshots until caught up {figures.SnapshotsMissed}"));
        Console.WriteLine(FormattableString.Invariant(
            $"gateways: {after.MissedSent - before.MissedSent:0} sent again in {after.CatchUps - before.CatchUps:0} catch-ups, {after.Failures - before.Failures:0} session updates failed, {after.Refused - before.Refused:0} refused"));
        Console.WriteLine(FormattableString.Invariant(
            $"Redis: {after.RedisMegabytes:0.0} MB of memory ({Math.Round(after.RedisMegabytes - before.RedisMegabytes, 1) + 0.0:+0.0;-0.0}), {after.RedisCommands - before.RedisCommands:0} commands, {after.RedisInputMegabytes - before.RedisInputMegabytes:0.0} MB to it"));

        var back = figures.BackAt.Length == clients ? Seconds(since, figures.BackAt).Max : double.PositiveInfinity;
        verdict.Add("all back", FormattableString.Invariant($"{figures.BackAt.Length} of {clients}, the last after {back:0.0} s"), back <= BackSecondsMax, $"{BackSecondsMax} s");
        foreach (var silo in cpu.Names.Where(IsSilo))
        {
            var most = CpuSeconds.MostOver(cpu.Of(silo, BackSecondsMax), CpuWindowSeconds);
            verdict.Add($"CPU of {silo}, the most over {CpuWindowSeconds} s", FormattableString.Invariant($"{most:0.00} cores"), most <= CoresMax, FormattableString.Invariant($"{CoresMax} core"));
        }

        verdict.Add("readings of the series", FormattableString.Invariant($"{reads:0} (a node that has nothing makes {SessionSubscriptions.Readings})"), reads <= clients * ReadsPartMax, FormattableString.Invariant($"{clients * ReadsPartMax:0} ({ReadsPartMax:0 %} of the clients)"));
        verdict.Add(
            "recovered, every tick once",
            $"{figures.Recovered} of {clients} recovered, {figures.Gaps} gaps, {figures.Missing} ticks left out, {figures.Doubled} twice",
            figures.Recovered == clients && figures.Gaps + figures.Missing + figures.Doubled == 0,
            "all, none");
    }

    private static bool IsSilo(string name) => name.StartsWith("silo", StringComparison.Ordinal);

    private static void Print(CpuSeconds cpu)
    {
        Console.WriteLine($"{$"cores, of the first {BackSecondsMax} s",-24} {"mean",6} {"max 1 s",8} {"max 5 s",8}   each second");
        foreach (var name in cpu.Names)
        {
            var seconds = cpu.Of(name, BackSecondsMax);
            Console.WriteLine(FormattableString.Invariant(
                $"{name,-24} {seconds.Average(),6:0.00} {seconds.Max(),8:0.00} {CpuSeconds.MostOver(seconds, CpuWindowSeconds),8:0.00}   {string.Join(' ', seconds.Select(cores => FormattableString.Invariant($"{cores:0.0}")))}"));
        }
    }

    private static void Print(string what, long since, long[] timestamps)
    {
        if (timestamps.Length > 0)
        {
            var of = Seconds(since, timestamps);
            Console.WriteLine(FormattableString.Invariant($"{what,-58} {of.Count,6} {of.P50,7:0.00} {of.P95,7:0.00} {of.P99,7:0.00} {of.Max,7:0.00}"));
        }
    }

    private static (int Count, double P50, double P95, double P99, double Max) Seconds(long since, long[] timestamps)
    {
        double[] sorted = [.. timestamps.Select(at => TimeProvider.System.GetElapsedTime(since, at).TotalSeconds).Order()];
        return (sorted.Length, Spread.Quantile(sorted, 0.5), Spread.Quantile(sorted, 0.95), Spread.Quantile(sorted, 0.99), sorted[^1]);
    }

    private static string Listed<T>(Dictionary<T, int> counts) where T : notnull =>
        counts.Count == 0 ? "none" : string.Join(", ", counts.Select(pair => $"{pair.Key} x {pair.Value}"));
}
