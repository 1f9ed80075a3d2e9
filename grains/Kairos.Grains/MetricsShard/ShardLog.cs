using Orleans.Storage;

namespace Kairos.Grains;

/// <summary>
/// A shard's storage: a ring of small entries, one a tick, and now and then a base that stands for all entries before it.
/// Runs on the grain scheduler, one write at a time.
/// </summary>
internal sealed class ShardLog(IGrainStorage storage, GrainId grain)
{
    /// <summary>A base is due after so many entries.</summary>
    private const int EntriesPerBase = 60;

    /// <summary>The ring: entries not yet covered by a base, and some to spare while a base cannot be written.</summary>
    private const int Slots = 64;

    private readonly StateSlot _base = new(storage, grain, "base");
    private readonly StateSlot[] _entries = [.. Enumerable.Range(0, Slots).Select(i => new StateSlot(storage, grain, $"entry-{i}"))];
    private long _sequence;

    /// <summary>The next write must be a base: the ring holds all that it may.</summary>
    public bool NeedsBase => _sequence - _base.Sequence >= EntriesPerBase;

    /// <summary>The latest base, if any, and the entries after it in order.</summary>
    public async Task<(byte[]? Base, IReadOnlyList<byte[]> Entries)> ReadAsync()
    {
        await Task.WhenAll(_base.ReadAsync(), _entries[1].ReadAsync());
        if (!_base.Exists && !_entries[1].Exists)
        {
            // The first entry goes to slot 1: a shard that never wrote is known by two reads.
            return (null, []);
        }

        await Task.WhenAll(_entries.Where((_, slot) => slot != 1).Select(entry => entry.ReadAsync()));
        var covered = _base.Sequence;
        var after = _entries.Where(e => e.Exists && e.Sequence > covered).OrderBy(e => e.Sequence).ToList();
        _sequence = after.Count > 0 ? after[^1].Sequence : covered;
        var content = (_base.Exists ? _base.Payload : null, after.Select(e => e.Payload).ToList());
        Array.ForEach(_entries, entry => entry.Forget());
        _base.Forget();
        return content;
    }

    public async Task AppendAsync(byte[] entry)
    {
        var slot = _entries[(_sequence + 1) % Slots];
        await slot.WriteAsync(_sequence + 1, entry);
        slot.Forget();
        _sequence++;
    }

    public async Task WriteBaseAsync(byte[] state)
    {
        await _base.WriteAsync(_sequence, state);
        _base.Forget();
    }
}
