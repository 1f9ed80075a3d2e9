namespace Kairos.Benchmarks;

/// <summary>Programs that some benchmarks need and a machine may lack.</summary>
internal static class Installed
{
    /// <param name="program">Also the name of its Debian package.</param>
    /// <param name="why">What the benchmark needs it for, as a clause.</param>
    /// <exception cref="BenchmarkException">It is not on the PATH.</exception>
    public static void Require(string program, string why)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        if (!path.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program))))
        {
            throw new BenchmarkException($"Skipped: {program} is not installed; {why} (on Debian: apt-get install {program}).");
        }
    }
}
