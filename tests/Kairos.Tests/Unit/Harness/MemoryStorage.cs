using System.Globalization;
using Orleans.Storage;

namespace Kairos.Tests.Unit;

/// <summary>Grain storage in memory, with etags, that fails on demand. For one caller at a time.</summary>
internal sealed class MemoryStorage : IGrainStorage
{
    private readonly Dictionary<(string Name, GrainId Grain), (byte[] State, int Version)> _states = [];

    /// <summary>Names of the states written, in order.</summary>
    public List<string> Written { get; } = [];

    public bool Fails { get; set; }

    /// <summary>Writes are done and then seem to have failed, as when the answer is lost.</summary>
    public bool FailsAfterwards { get; set; }

    /// <summary>Reads of states whose name begins so fail; null for none.</summary>
    public string? FailsReadsOf { get; set; }

    /// <summary>Reads wait for it; null while they need not.</summary>
    public TaskCompletionSource? Reading { get; set; }

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await (Reading?.Task ?? Task.CompletedTask);
        if (FailsReadsOf is { } prefix && stateName.StartsWith(prefix, StringComparison.Ordinal))
            throw new IOException("The storage is out of order.");

        if (_states.TryGetValue((stateName, grainId), out var stored))
        {
            grainState.State = Serialization.Read<T>(stored.State);
            grainState.ETag = stored.Version.ToString(CultureInfo.InvariantCulture);
            grainState.RecordExists = true;
        }
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (Fails)
            throw new IOException("The storage is out of order.");

        var version = _states.GetValueOrDefault((stateName, grainId)).Version;
        if ((grainState.ETag ?? "0") != version.ToString(CultureInfo.InvariantCulture))
            throw new InconsistentStateException($"{stateName} is at {version}, not {grainState.ETag}.");

        _states[(stateName, grainId)] = (Serialization.Write(grainState.State), version + 1);
        if (FailsAfterwards)
            throw new IOException("The storage did not answer.");

        grainState.ETag = (version + 1).ToString(CultureInfo.InvariantCulture);
        grainState.RecordExists = true;
        Written.Add(stateName);
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _states.Remove((stateName, grainId));
        return Task.CompletedTask;
    }

    /// <summary>The states that there are of a grain.</summary>
    public IEnumerable<string> Names(string key) => _states.Keys.Where(state => state.Grain.Key.ToString() == key).Select(state => state.Name);
}
