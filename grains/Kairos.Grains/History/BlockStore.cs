using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Kairos.Grains;

/// <summary>
/// Sealed blocks of history: each written once, to a ring of slots in storage, and read through a bounded cache. Those that wait to be
/// written are bounded as well. Runs on the grain scheduler; storage is read and written beside the roll-up.
/// </summary>
internal sealed class BlockStore(IGrainStorage storage, GrainInstruments instruments, ILogger logger) : IDisposable
{
    /// <summary>Bytes of blocks kept in memory.</summary>
    public const long CacheBytesMax = 64 << 20;

    /// <summary>Blocks that wait to be written; beyond it the oldest is given up.</summary>
    public const int PendingMax = 20_000;

    private const int WritesAtATime = 16;

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = CacheBytesMax, CompactionPercentage = 0.1 });
    private readonly Queue<(Scope Scope, SealedBlock Block)> _pending = new();

    public void Dispose() => _cache.Dispose();

    /// <summary>Takes a block that is complete.</summary>
    public void Put(Scope scope, SealedBlock block)
    {
        var key = (scope, block.Tier, block.Block);
        if (scope == Scope.Cluster)
        {
            // Every dashboard asks for it; most others are never read, and must not take the place of what is.
            Remember(key, Task.FromResult<byte[]?>(block.Packed), block.Packed.Length);
        }
        else
        {
            // Who asked before it was complete found nothing.
            _cache.Remove(key);
        }

        _pending.Enqueue((scope, block));
        if (_pending.Count > PendingMax)
        {
            _pending.Dequeue();
            instruments.BlockLost();
        }
    }

    /// <summary>Writes what waits. After a failure the rest waits for the next time.</summary>
    public async Task WriteAsync()
    {
        while (_pending.Count > 0)
        {
            var batch = _pending.Take(WritesAtATime).ToList();
            await Task.WhenAll(batch.Select(waiting => WriteAsync(waiting.Scope, waiting.Block)));
            for (var written = 0; written < batch.Count && _pending.Count > 0 && _pending.Peek() == batch[written]; written++)
            {
                _pending.Dequeue();
            }
        }
    }

    /// <summary>A block, or null where none was written: nobody ran then, or it is too old.</summary>
    public async Task<byte[]?> GetAsync(Scope scope, int tier, long block)
    {
        var key = (scope, tier, block);
        if (_cache.TryGetValue(key, out Task<byte[]?>? cached))
        {
            return await cached!;
        }

        var reading = _pending.FirstOrDefault(waiting => waiting.Scope == scope && waiting.Block.Tier == tier && waiting.Block.Block == block) is { Block.Packed: { } packed }
            ? Task.FromResult<byte[]?>(packed)
            : ReadAsync(scope, tier, block);
        Remember(key, reading, 0);
        try
        {
            var read = await reading;
            if (IsRemembered(key, reading))
            {
                Remember(key, reading, read?.Length ?? 0);
            }

            return read;
        }
        catch
        {
            if (IsRemembered(key, reading))
            {
                _cache.Remove(key);
            }

            throw;
        }
    }

    /// <summary>Removes all that storage has of a scope.</summary>
    public async Task ClearAsync(Scope scope)
    {
        foreach (var tier in HistoryTier.Of(scope.Kind))
        {
            for (var slot = 0; slot < Slots(tier); slot++)
            {
                await SlotOf(scope, tier, slot).ClearAsync();
            }
        }
    }

    private async Task<byte[]?> ReadAsync(Scope scope, int tier, long block)
    {
        var slot = SlotOf(scope, HistoryTier.Of(scope.Kind)[tier], block);
        await slot.ReadAsync();
        if (!slot.Exists || slot.Sequence != block)
        {
            return null;
        }

        if (!PointBlock.IsReadable(slot.Payload))
        {
            logger.HistoryUnreadable(null, $"block {block} of tier {tier} of {scope.Key}");
            return null;
        }

        return slot.Payload;
    }

    private async Task WriteAsync(Scope scope, SealedBlock block)
    {
        // Read first: the slot has an older block, and storage wants its etag.
        var slot = SlotOf(scope, HistoryTier.Of(scope.Kind)[block.Tier], block.Block);
        await slot.ReadAsync();
        await slot.WriteAsync(block.Block, block.Packed);
        instruments.BlockWritten(block.Packed.Length);
    }

    /// <summary>Not replaced or removed meanwhile: it may have been sealed.</summary>
    private bool IsRemembered((Scope Scope, int Tier, long Block) key, Task<byte[]?> reading) =>
        _cache.TryGetValue(key, out Task<byte[]?>? known) && ReferenceEquals(known, reading);

    private void Remember((Scope Scope, int Tier, long Block) key, Task<byte[]?> block, int length) =>
        _cache.Set(key, block, new MemoryCacheEntryOptions
        {
            Size = length + 200,
            Priority = key.Scope == Scope.Cluster ? CacheItemPriority.High : CacheItemPriority.Normal,
        });

    private StateSlot SlotOf(Scope scope, HistoryTier tier, long block) =>
        new(storage, GrainId.Create("time-series", scope.Key), $"history-{tier.StepSeconds}s-{block % Slots(tier)}");

    // One for the block that is written while the oldest is still of use.
    private static int Slots(HistoryTier tier) => (tier.RetentionSeconds / tier.BlockSeconds) + 1;
}
