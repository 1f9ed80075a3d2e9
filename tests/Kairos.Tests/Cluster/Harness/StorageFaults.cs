using System.Collections.Concurrent;
using Orleans.Storage;

namespace Kairos.Tests.Cluster;

/// <summary>The silo's grain storage, out of order on demand. Thread-safe.</summary>
internal sealed class StorageFaults(IGrainStorage storage) : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly ConcurrentQueue<string> _struck = [];
    private TaskCompletionSource? _stuck;

    /// <summary>Writes fail.</summary>
    public volatile bool WritesFail;

    /// <summary>Reads fail.</summary>
    public volatile bool ReadsFail;

    /// <summary>Writes that failed or hang, of states whose name begins so.</summary>
    public int Struck(string prefix) => _struck.Count(name => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Writes neither succeed nor fail until they are let go.</summary>
    public void Hang() => _stuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void LetGo() => Interlocked.Exchange(ref _stuck, null)?.SetResult();

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => ReadsFail
        ? throw new IOException("The storage is out of order.")
        : storage.ReadStateAsync(stateName, grainId, grainState);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (WritesFail)
        {
            _struck.Enqueue(stateName);
            throw new IOException("The storage is out of order.");
        }

        if (_stuck is { } stuck)
        {
            _struck.Enqueue(stateName);
            await stuck.Task;
        }

        await storage.WriteStateAsync(stateName, grainId, grainState);
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        storage.ClearStateAsync(stateName, grainId, grainState);

    public void Participate(ISiloLifecycle lifecycle) => ((ILifecycleParticipant<ISiloLifecycle>)storage).Participate(lifecycle);
}
