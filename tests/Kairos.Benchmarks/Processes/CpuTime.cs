using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>CPU seconds, user and system, that Linux has accounted so far.</summary>
internal static class CpuTime
{
    // USER_HZ, fixed at 100 by the kernel's interface: a resolution of 10 ms, so rounds last seconds.
    private const double TicksPerSecond = 100;

    // Of /proc/PID/stat behind the name of the program, which may hold spaces: utime and stime, then those of ended children.
    private const int User = 11;
    private const int ChildrenUser = 13;

    public static double Of(int processId) => SumOfTwo(processId, User);

    /// <summary>This process and the ended ones that it has started, such as wrk.</summary>
    public static double OfThisAndEndedChildren() => SumOfTwo(Environment.ProcessId, User) + SumOfTwo(Environment.ProcessId, ChildrenUser);

    /// <summary>All processors together, without idle time and time that waited for a disk.</summary>
    public static double OfMachine()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (user, nice, system, irq, softIrq, steal) = (fields[1], fields[2], fields[3], fields[6], fields[7], fields[8]);
        return new[] { user, nice, system, irq, softIrq, steal }.Sum(Parse) / TicksPerSecond;
    }

    private static double SumOfTwo(int processId, int first)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (Parse(fields[first]) + Parse(fields[first + 1])) / TicksPerSecond;
    }

    private static double Parse(string ticks) => long.Parse(ticks, CultureInfo.InvariantCulture);
}
