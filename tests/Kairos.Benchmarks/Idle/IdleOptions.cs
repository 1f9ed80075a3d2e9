namespace Kairos.Benchmarks;

/// <summary>How the idle benchmark is run.</summary>
/// <param name="Seconds">Of a window; Linux accounts CPU in steps of 10 ms.</param>
/// <param name="Windows">Measured one after another.</param>
/// <param name="WarmupSeconds">Before the first: the JIT compiles the loops that idleness consists of.</param>
/// <param name="Gateways">Gateway nodes, each with one client of its stream.</param>
/// <param name="Silos">Silos.</param>
internal sealed record IdleOptions(int Seconds, int Windows, int WarmupSeconds, int Gateways, int Silos)
{
    public static IdleOptions From(Arguments arguments)
    {
        var options = new IdleOptions(
            arguments.Take("seconds", 20, atLeast: 1),
            arguments.Take("windows", 5, atLeast: 1),
            arguments.Take("warmup", 30),
            arguments.Take("gateways", 2, atLeast: 1),
            arguments.Take("silos", 3, atLeast: 1));
        arguments.RefuseOthers();
        return options;
    }
}
