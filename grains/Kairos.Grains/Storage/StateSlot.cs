using Orleans.Storage;

namespace Kairos.Grains;

/// <summary>What a slot holds: a sequence number of the owner's and its serialized content.</summary>
[GenerateSerializer, Alias("Kairos.SlotContent")]
internal sealed class SlotContent
{
    [Id(0)] public long Sequence { get; set; }

    [Id(1)] public byte[] Payload { get; set; } = [];

    /// <summary>The activation that wrote it.</summary>
    [Id(2)] public Guid Writer { get; set; }
}

/// <summary>
/// One named state of a grain in Orleans' grain storage. Several of them let a grain write small pieces instead of everything each time.
/// The etag fences duplicate activations: the loser's write throws <see cref="InconsistentStateException"/>. Runs on the grain scheduler.
/// </summary>
internal sealed class StateSlot(IGrainStorage storage, GrainId grain, string name)
{
    private readonly Guid _writer = Guid.NewGuid();
    private readonly GrainState<SlotContent> _state = new() { State = new SlotContent() };

    public bool Exists => _state.RecordExists;

    public long Sequence => _state.State!.Sequence;

    public byte[] Payload => _state.State!.Payload;

    public async Task ReadAsync()
    {
        await storage.ReadStateAsync(name, grain, _state);
        _state.State ??= new SlotContent();
    }

    /// <summary>Replaces the content. After a failure the slot keeps what it had.</summary>
    public async Task WriteAsync(long sequence, byte[] payload)
    {
        var before = _state.State;
        _state.State = new SlotContent { Sequence = sequence, Payload = payload, Writer = _writer };
        try
        {
            try
            {
                await storage.WriteStateAsync(name, grain, _state);
            }
            catch (InconsistentStateException)
            {
                await AdoptOwnWriteAsync();
                await storage.WriteStateAsync(name, grain, _state);
            }
        }
        catch
        {
            _state.State = before;
            throw;
        }
    }

    /// <summary>Removes what is there, if anything.</summary>
    public async Task ClearAsync()
    {
        await ReadAsync();
        if (Exists)
        {
            await storage.ClearStateAsync(name, grain, _state);
        }
    }

    /// <summary>Frees the memory of a content that has been taken over.</summary>
    public void Forget() => _state.State = new SlotContent { Sequence = Sequence };

    /// <summary>
    /// A write that seemed to fail may have reached storage after all, once it answered again: then what is there is this slot's own, and
    /// nobody else has written. Takes over its etag; else throws.
    /// </summary>
    private async Task AdoptOwnWriteAsync()
    {
        var there = new GrainState<SlotContent> { State = new SlotContent() };
        await storage.ReadStateAsync(name, grain, there);
        if (there.State?.Writer != _writer)
        {
            throw new InconsistentStateException($"State '{name}' of grain {grain} was written by another activation.");
        }

        _state.ETag = there.ETag;
        _state.RecordExists = there.RecordExists;
    }
}
