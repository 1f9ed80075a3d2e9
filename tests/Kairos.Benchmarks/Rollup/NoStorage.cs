using Kairos.Grains;
using Orleans.Storage;

namespace Kairos.Benchmarks;

/// <summary>Storage that takes everything, keeps nothing and counts it: what a roll-up holds itself is all that it costs. Used by one thread.</summary>
internal sealed class NoStorage : IGrainStorage
{
    /// <summary>Bytes written to states whose name begins so.</summary>
    public long Bytes(string prefix) => _bytes.Where(state => state.Key.StartsWith(prefix, StringComparison.Ordinal)).Sum(state => state.Value);

    private readonly Dictionary<string, long> _bytes = [];

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Task.CompletedTask;

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _bytes[stateName] = _bytes.GetValueOrDefault(stateName) + (grainState.State as SlotContent)!.Payload.Length;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Task.CompletedTask;
}
