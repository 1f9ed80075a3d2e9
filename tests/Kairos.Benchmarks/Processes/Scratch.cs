using System.Collections.Concurrent;

namespace Kairos.Benchmarks;

/// <summary>A folder of the benchmark's own, deleted when it ends. Thread-safe.</summary>
internal sealed class Scratch : IDisposable
{
    private static readonly ConcurrentDictionary<Scratch, bool> InUse = new();

    public Scratch() => InUse[this] = true;

    public string Path { get; } = Directory.CreateTempSubdirectory("kairos-benchmark-").FullName;

    /// <summary>Deletes all that are in use, when this process is told to end.</summary>
    public static void DeleteAll()
    {
        foreach (var scratch in InUse.Keys)
        {
            scratch.Dispose();
        }
    }

    public string NewFolder() => Directory.CreateDirectory(System.IO.Path.Combine(Path, Guid.NewGuid().ToString("N"))).FullName;

    public void Dispose()
    {
        if (InUse.TryRemove(this, out _))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
