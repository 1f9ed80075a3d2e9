using Orleans.Serialization;
using Orleans.Storage;

namespace Kairos.Grains;

/// <summary>
/// A series in storage: one head, written every few seconds, and a ring of sealed minutes, each written once.
/// Runs on the grain scheduler, one write at a time.
/// </summary>
internal sealed class SeriesStorage(
    IGrainStorage storage, GrainId grain, Serializer<SeriesHead> heads, Serializer<List<HistoryPoint>> blocks)
{
    private const int BlockSlots = (History.PointsMax / History.BlockSeconds) + 1;

    private readonly StateSlot _head = new(storage, grain, "head");
    private readonly StateSlot[] _blocks = [.. Enumerable.Range(0, BlockSlots).Select(i => new StateSlot(storage, grain, $"block-{i}"))];

    /// <summary>The head, if any, and the sealed minutes of the hour before it.</summary>
    public async Task<(SeriesHead? Head, History History)> ReadAsync()
    {
        var history = new History();
        await _head.ReadAsync();
        if (!_head.Exists)
        {
            return (null, history);
        }

        await Task.WhenAll(_blocks.Select(block => block.ReadAsync()));
        var head = heads.Deserialize(_head.Payload)!;
        var oldest = History.BlockOf(head.Tick - History.PointsMax);
        foreach (var block in _blocks.Where(b => b.Exists && b.Sequence >= oldest).OrderBy(b => b.Sequence))
        {
            history.Restore(block.Sequence, blocks.Deserialize(block.Payload)!);
        }

        _head.Forget();
        Array.ForEach(_blocks, block => block.Forget());
        return (head, history);
    }

    public async Task WriteAsync(SeriesState state)
    {
        // Both are taken now, before the first await: the state goes on changing meanwhile.
        var head = heads.SerializeToArray(state.ToHead());
        var tick = state.Tick;
        foreach (var (block, points) in state.History.Sealable().ToList())
        {
            var slot = _blocks[block % BlockSlots];
            await slot.WriteAsync(block, blocks.SerializeToArray(points));
            slot.Forget();
            state.History.Sealed(block);
        }

        await _head.WriteAsync(tick, head);
        _head.Forget();
    }
}
