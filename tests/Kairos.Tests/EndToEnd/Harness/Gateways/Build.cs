using System.Runtime.InteropServices;

namespace Kairos.Tests.EndToEnd;

/// <summary>Where the repository and what was built from it lie.</summary>
internal static class Build
{
    public static string Root { get; } = FindRoot();

    public static string Clients { get; } = Path.Combine(Root, "tests", "clients");

    public static string Dotnet { get; } = FindDotnet();

    /// <summary>The gateway as built in the tests' own configuration, else the copy beside the tests.</summary>
    public static string Gateway { get; } = Find("Kairos.Gateway");

    /// <summary>The silo, likewise.</summary>
    public static string Silo { get; } = Find("Kairos.Silo");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Kairos.Orleans.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"no Kairos.Orleans.sln above {AppContext.BaseDirectory}");
    }

    private static string FindDotnet()
    {
        var shared = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet");
        return File.Exists(shared) ? Path.GetFullPath(shared) : "dotnet";
    }

    private static string Find(string project)
    {
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var built = Path.Combine(Root, "artifacts", "bin", project, configuration, $"{project}.dll");
        return File.Exists(built) ? built : Path.Combine(AppContext.BaseDirectory, $"{project}.dll");
    }
}
