using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>Bytes of a process that are in memory just now, files that it has mapped included.</summary>
internal static class ResidentMemory
{
    private const string Field = "VmRSS:";

    public static double OfInMegabytes(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024.0;
    }
}
