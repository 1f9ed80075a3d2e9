namespace Kairos.Benchmarks;

/// <summary>How the benchmark of the dashboard is run.</summary>
/// <param name="Loads">Loads of the page, one after another, each with an empty cache.</param>
/// <param name="Seconds">Of a window of CPU; Linux accounts CPU in steps of 10 ms.</param>
/// <param name="Windows">With the page seen, and as many with it hidden.</param>
/// <param name="Minutes">For which the page stays open while its memory is read; 0 leaves that out.</param>
/// <param name="Routes">Each with traffic and a row in the table.</param>
internal sealed record DashboardOptions(int Loads, int Seconds, int Windows, int Minutes, int Routes)
{
    public static DashboardOptions From(Arguments arguments)
    {
        var options = new DashboardOptions(
            arguments.Take("loads", 20, atLeast: 1),
            arguments.Take("seconds", 60, atLeast: 1),
            arguments.Take("windows", 3, atLeast: 1),
            arguments.Take("minutes", 21),
            arguments.Take("routes", 200, atLeast: 1));
        arguments.RefuseOthers();
        return options.Minutes is 0 or > Endurance.FullMinute
            ? options
            : throw new BenchmarkException($"--minutes is {options.Minutes}; it must be 0, or more than {Endurance.FullMinute}, when charts and trends are full and growth counts.");
    }
}
