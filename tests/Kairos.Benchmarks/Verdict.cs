namespace Kairos.Benchmarks;

/// <summary>Figures against their bounds. Used by one thread.</summary>
internal sealed class Verdict
{
    public int ExitCode { get; private set; }

    public void Add(string what, string figure, bool passes, string bound)
    {
        Console.WriteLine($"{(passes ? "pass" : "MISS")}  {what}: {figure}; bound {bound}");
        ExitCode = passes ? ExitCode : 1;
    }
}
