namespace Kairos.Benchmarks;

/// <summary>
/// Heap and CPU of the roll-up alone, in this process, over hours of simulated ticks: all tiers of every scope, then of the cluster alone, and what reading it costs.
/// What the shards answer is made beforehand; storage takes everything at once and keeps nothing.
/// </summary>
internal static class TiersBenchmark
{
    private const double MegabytesMax = 300;
    private const double CpuPercentMax = 10;
    private const int SampleSeconds = 600;
    private const int ClusterSeconds = 2 * 3_600;

    // A whole six hours, so that the blocks of all tiers begin here.
    private const long Begin = 1_799_992_800;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var load = RollupLoad.From(arguments);
        var minutes = arguments.Take("minutes", 150, atLeast: 10);
        var days = arguments.Take("days", 0);
        arguments.RefuseOthers();
        Machine.Print();
        var verdict = new Verdict();
        Console.WriteLine($"{load}; {minutes} minutes");
        var (megabytes, cpuPercent) = await RunAsync(load, minutes * 60);
        verdict.Add("heap of all tiers, most", FormattableString.Invariant($"{megabytes:0.0} MB"), megabytes <= MegabytesMax, $"{MegabytesMax} MB");
        verdict.Add("CPU of the roll-up", FormattableString.Invariant($"{cpuPercent:0.00} % of a core"), cpuPercent <= CpuPercentMax, $"{CpuPercentMax} %");
        var one = new RollupLoad(1, 1, load.RequestsPerSecond);
        var ofCluster = days > 0 ? days * 86_400 : ClusterSeconds;
        Console.WriteLine($"the cluster over {ofCluster / 3_600} hours: {one}");
        await RunAsync(one, ofCluster, HistoryCost.PrintAsync);

        Machine.PrintLoad();
        return verdict.ExitCode;
    }

    private static async Task<(double Megabytes, double CpuPercent)> RunAsync(RollupLoad load, int ticks, Func<RollupRun, Task>? afterwards = null)
    {
        var storage = new NoStorage();
        await using var run = new RollupRun(load, storage, Begin);
        var sampleEvery = Math.Max(SampleSeconds, ticks / 36 / SampleSeconds * SampleSeconds);
        var (before, most, cpu) = (Heap(), 0.0, 0.0);
        Console.WriteLine($"{"minutes",8} {"heap, MB",9} {"CPU ms/tick",12} {"rolling up",11} {"sealing",8} {"saving",8}   {"chunks kB/s",11} {"blocks kB/s",11}");
        for (var done = 0; done < ticks;)
        {
            var (began, advancing, sealing, saving, chunks, blocks) = (CpuTime.Of(Environment.ProcessId), run.Advancing, run.Sealing, run.Saving, storage.Bytes("chunk"), storage.Bytes("history"));
            var count = Math.Min(sampleEvery, ticks - done);
            for (var i = 0; i < count; i++)
            {
                await run.TickAsync();
            }

            done += count;
            var used = CpuTime.Of(Environment.ProcessId) - began;
            cpu += used;
            var heap = Heap() - before;
            most = Math.Max(most, heap);
            Console.WriteLine(FormattableString.Invariant(
                $"{done / 60,8} {heap,9:0.0} {used / count * 1_000,12:0.00} {(run.Advancing - advancing) / count * 1_000,11:0.00} {(run.Sealing - sealing) / count * 1_000,8:0.00} {(run.Saving - saving) / count * 1_000,8:0.00}   {(storage.Bytes("chunk") - chunks) / 1e3 / count,11:0.0} {(storage.Bytes("history") - blocks) / 1e3 / count,11:0.0}"));
        }

        await (afterwards?.Invoke(run) ?? Task.CompletedTask);
        return (most, cpu / ticks * 100);
    }

    private static double Heap() => GC.GetTotalMemory(forceFullCollection: true) / 1e6;
}
