using System.Runtime.InteropServices;

namespace Kairos.Benchmarks;

/// <summary>Where the repository and what was built from it lie.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The host that runs this very process, so that both sides have the same runtime.</summary>
    public static string Dotnet { get; } = FindDotnet();

    public static string Benchmarks { get; } = typeof(Repository).Assembly.Location;

    /// <summary>The gateway as built in this program's own configuration.</summary>
    public static string Gateway { get; } = FindBuilt("Kairos.Gateway");

    /// <summary>The silo as built in this program's own configuration.</summary>
    public static string Silo { get; } = FindBuilt("Kairos.Silo");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Kairos.Orleans.sln")))
            {
                return folder.FullName;
            }
        }

        throw new BenchmarkException($"There is no Kairos.Orleans.sln above {AppContext.BaseDirectory}; run the benchmarks where they were built.");
    }

    private static string FindDotnet()
    {
        var shared = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet");
        return File.Exists(shared) ? Path.GetFullPath(shared) : "dotnet";
    }

    private static string FindBuilt(string project)
    {
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var built = Path.Combine(Root, "artifacts", "bin", project, configuration, $"{project}.dll");
        return File.Exists(built) ? built : throw new BenchmarkException($"{built} is missing; build the solution first.");
    }
}
