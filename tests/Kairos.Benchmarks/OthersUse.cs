namespace Kairos.Benchmarks;

/// <summary>What the rest of the machine has used since this was made: how far the figures of that time can be trusted.</summary>
/// <param name="ours">CPU seconds so far of all that the benchmark runs.</param>
internal sealed class OthersUse(Func<double> ours)
{
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private readonly double _ours = ours();
    private readonly double _machine = CpuTime.OfMachine();

    /// <summary>Of all processors, 0 to 1.</summary>
    public double Part =>
        Math.Max(0, (CpuTime.OfMachine() - _machine - (ours() - _ours)) / TimeProvider.System.GetElapsedTime(_began).TotalSeconds / Environment.ProcessorCount);
}
