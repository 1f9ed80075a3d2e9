namespace Kairos.Benchmarks;

/// <summary>What one process used in each window. Used by one thread.</summary>
internal sealed class IdleProcess(string name, int processId)
{
    private readonly List<double> _cpuPercent = [];
    private readonly List<double> _megabytes = [];
    private double _cpuSeconds;
    private long _began;

    public string Name => name;

    /// <summary>Of one core.</summary>
    public Spread CpuPercent => Spread.Of(_cpuPercent);

    /// <summary>Resident, at the ends of the windows.</summary>
    public Spread Megabytes => Spread.Of(_megabytes);

    public void Begin() => (_cpuSeconds, _began) = (CpuTime.Of(processId), TimeProvider.System.GetTimestamp());

    public void End()
    {
        _cpuPercent.Add((CpuTime.Of(processId) - _cpuSeconds) / TimeProvider.System.GetElapsedTime(_began).TotalSeconds * 100);
        _megabytes.Add(ResidentMemory.OfInMegabytes(processId));
    }
}
