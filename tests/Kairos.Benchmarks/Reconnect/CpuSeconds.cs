namespace Kairos.Benchmarks;

/// <summary>Cores that some processes use, second by second. Used by one thread.</summary>
internal sealed class CpuSeconds(IReadOnlyList<(string Name, int ProcessId)> processes)
{
    private readonly List<double[]> _seconds = [];
    private double[] _former = Read(processes);
    private long _at = TimeProvider.System.GetTimestamp();

    public IEnumerable<string> Names => processes.Select(process => process.Name);

    /// <summary>To be called once a second.</summary>
    public void Note()
    {
        var (now, used) = (TimeProvider.System.GetTimestamp(), Read(processes));
        var seconds = TimeProvider.System.GetElapsedTime(_at, now).TotalSeconds;
        _seconds.Add([.. used.Zip(_former, (to, from) => (to - from) / seconds)]);
        (_former, _at) = (used, now);
    }

    /// <summary>Of one process, each second of the first so many.</summary>
    public double[] Of(string name, int first)
    {
        var at = Names.ToList().IndexOf(name);
        return [.. _seconds.Take(first).Select(second => second[at])];
    }

    /// <summary>The greatest mean over so many consecutive seconds.</summary>
    public static double MostOver(double[] seconds, int width) =>
        Enumerable.Range(0, Math.Max(seconds.Length - width + 1, 1)).Max(from => seconds.Skip(from).Take(width).Average());

    private static double[] Read(IReadOnlyList<(string Name, int ProcessId)> processes) => [.. processes.Select(process => CpuTime.Of(process.ProcessId))];
}
