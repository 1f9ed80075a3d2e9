using System.Runtime.InteropServices;

namespace Kairos.Benchmarks;

/// <summary>What the figures were taken on, printed beside them.</summary>
internal static class Machine
{
    public static void Print()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        Console.WriteLine($"machine: {Environment.ProcessorCount} x {model}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}");
        PrintLoad();
    }

    public static void PrintLoad() => Console.WriteLine($"load average: {File.ReadAllText("/proc/loadavg").Trim()}");
}
