using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>CPU seconds, user and system, that Linux has accounted so far.</summary>
internal static class CpuTime
{
    // USER_HZ, fixed at 100 by the kernel's interface: a resolution of 10 ms, so rounds last seconds.
    private const double TicksPerSecond = 100;

    // Of /proc/PID/stat behind the name of the program, which may hold spaces: the parent, utime and stime, then those of ended children.
    private const int Parent = 1;
    private const int User = 11;
    private const int ChildrenUser = 13;

    public static double Of(int processId) => SumOfTwo(processId, User);

    /// <summary>This process and the ended ones that it has started, such as wrk.</summary>
    public static double OfThisAndEndedChildren() => SumOfTwo(Environment.ProcessId, User) + SumOfTwo(Environment.ProcessId, ChildrenUser);

    /// <summary>A process, all that descend from it, and those of them that have ended.</summary>
    public static double OfTree(int processId)
    {
        var all = ReadAll();
        var children = all.ToLookup(stat => int.Parse(stat.Value[Parent], CultureInfo.InvariantCulture), stat => stat.Key);
        return OfTree(processId);

        double OfTree(int id) => (all.TryGetValue(id, out var stat) ? SumOfTwo(stat, User) + SumOfTwo(stat, ChildrenUser) : 0) + children[id].Sum(OfTree);
    }

    /// <summary>All processors together, without idle time and time that waited for a disk.</summary>
    public static double OfMachine()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (user, nice, system, irq, softIrq, steal) = (fields[1], fields[2], fields[3], fields[6], fields[7], fields[8]);
        return new[] { user, nice, system, irq, softIrq, steal }.Sum(Parse) / TicksPerSecond;
    }

    private static double SumOfTwo(int processId, int first) => SumOfTwo(FieldsOf(File.ReadAllText($"/proc/{processId}/stat")), first);

    private static double SumOfTwo(string[] fields, int first) => (Parse(fields[first]) + Parse(fields[first + 1])) / TicksPerSecond;

    private static Dictionary<int, string[]> ReadAll()
    {
        var all = new Dictionary<int, string[]>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id))
                {
                    all[id] = FieldsOf(File.ReadAllText($"{folder}/stat"));
                }
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }

        return all;
    }

    private static string[] FieldsOf(string stat) => stat[(stat.LastIndexOf(')') + 2)..].Split(' ');

    private static double Parse(string ticks) => long.Parse(ticks, CultureInfo.InvariantCulture);
}
