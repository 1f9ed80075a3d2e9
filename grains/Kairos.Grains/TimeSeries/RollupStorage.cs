using Microsoft.Extensions.Logging;
using Orleans.Serialization;
using Orleans.Storage;

namespace Kairos.Grains;

/// <summary>
/// The roll-up in storage: a head and a ring of chunks, written every few seconds, for what is open; sealed blocks for the rest.
/// Runs on the grain scheduler, one write at a time.
/// </summary>
internal sealed class RollupStorage(
    IGrainStorage storage, GrainId grain, BlockStore blocks, Serializer<RollupHead> heads, Serializer<HistoryChunk> chunks, ILogger logger)
{
    /// <summary>Chunks kept: at one in five seconds more than ten minutes, and open seconds reach back for at most five.</summary>
    private const int ChunkSlots = 128;

    /// <summary>Reads of storage at a time while history is brought back.</summary>
    private const int ReadsAtATime = 32;

    private readonly StateSlot _head = new(storage, grain, "head");
    private readonly StateSlot[] _chunks = [.. Enumerable.Range(0, ChunkSlots).Select(i => new StateSlot(storage, grain, $"chunk-{i}"))];
    private long _sequence;

    /// <summary>The chunks have been read, so that they can be written.</summary>
    public bool IsRead { get; private set; }

    /// <summary>The head, if any; history comes later.</summary>
    public async Task<RollupHead?> ReadAsync()
    {
        await _head.ReadAsync();
        if (!_head.Exists)
        {
            return null;
        }

        var head = heads.Deserialize(_head.Payload)!;
        _head.Forget();
        _sequence = head.Sequence;

        // An earlier version stored none.
        return head.Scopes is null ? head with { Scopes = [] } : head;
    }

    /// <summary>Writes a head without history: of two activations one fails here.</summary>
    public async Task WriteHeadAsync(Rollup rollup)
    {
        await _head.WriteAsync(rollup.Tick, heads.SerializeToArray(rollup.ToHead(_sequence)));
        _head.Forget();
    }

    /// <summary>
    /// Brings back the open seconds, then for each scope the blocks that are not complete. Beside the roll-up; after a failure again, and what
    /// is back already stays as it is.
    /// </summary>
    public async Task RestoreAsync(Rollup rollup, RollupHead? head)
    {
        if (!IsRead)
        {
            await RestoreOpenAsync(rollup, head);
        }

        // Blocks of a scope that rests are too old to be read.
        foreach (var resting in rollup.Scopes.Resting(rollup.Tick).Where(s => !s.History.IsRestored))
        {
            resting.History.Restored([]);
        }

        // The cluster first: every dashboard asks for it.
        var scopes = rollup.Scopes.All.Where(s => !s.History.IsRestored).OrderBy(s => s.Scope.Kind).ToList();
        foreach (var batch in scopes.Chunk(ReadsAtATime))
        {
            await Task.WhenAll(batch.Select(RestoreAsync));
        }
    }

    /// <summary>Writes what was sealed and counted since the last time.</summary>
    public async Task WriteAsync(Rollup rollup)
    {
        // All is taken now, before the first await: the state goes on changing meanwhile.
        var tick = rollup.Tick;
        var (chunk, putBack) = TakeChunk(rollup);
        var sequence = _sequence + (chunk is null ? 0 : 1);
        var head = heads.SerializeToArray(rollup.ToHead(sequence));
        var saved = rollup.Save();
        try
        {
            await blocks.WriteAsync();
            if (chunk is not null)
            {
                await _chunks[sequence % ChunkSlots].WriteAsync(sequence, chunk);
                _chunks[sequence % ChunkSlots].Forget();
            }

            await _head.WriteAsync(tick, head);
        }
        catch
        {
            putBack();
            throw;
        }

        _head.Forget();
        _sequence = sequence;
        saved();
    }

    /// <summary>The points of a chunk; none of one that is not as it was written: history misses some seconds then, and nothing else.</summary>
    private List<(Scope Scope, List<Point> Points)> Unpack(StateSlot chunk)
    {
        try
        {
            return [.. chunks.Deserialize(chunk.Payload)!.Scopes.Select(part => (part.Scope, PointBlock.Unpack(part.Points).Points))];
        }
        catch (Exception e)
        {
            logger.HistoryUnreadable(e, $"chunk {chunk.Sequence}");
            return [];
        }
    }

    /// <summary>Adds to what was counted since, hence once only.</summary>
    private async Task RestoreOpenAsync(Rollup rollup, RollupHead? head)
    {
        await Task.WhenAll(_chunks.Select(chunk => chunk.ReadAsync()));
        var (newest, stored) = (head?.Sequence ?? 0, head?.Scopes.ToDictionary(s => s.Scope) ?? []);
        foreach (var chunk in _chunks.Where(c => c.Exists && c.Sequence <= newest).OrderBy(c => c.Sequence))
        {
            // A tick may be due meanwhile.
            await Task.Yield();
            foreach (var (scope, points) in Unpack(chunk).Where(part => stored.ContainsKey(part.Scope)))
            {
                rollup.RestoreOpen(scope, points);
            }
        }

        Array.ForEach(_chunks, chunk => chunk.Forget());
        IsRead = true;
    }

    private (byte[]? Chunk, Action PutBack) TakeChunk(Rollup rollup)
    {
        List<(ScopeSeries Scope, Point[] Points)> taken = [.. rollup.Scopes.All.Where(s => s.Unsaved.Count > 0).Select(s => (s, s.Unsaved.ToArray()))];
        taken.ForEach(t => t.Scope.Unsaved.Clear());
        var chunk = new HistoryChunk([.. taken.Select(t => new ChunkScope(t.Scope.Scope, PointBlock.Pack(default, t.Points)))]);
        return (taken.Count == 0 ? null : chunks.SerializeToArray(chunk), () => taken.ForEach(t => t.Scope.Unsaved.InsertRange(0, t.Points)));
    }

    private async Task RestoreAsync(ScopeSeries scope)
    {
        var (history, tiers) = (scope.History, HistoryTier.Of(scope.Scope.Kind));
        var incomplete = new List<IReadOnlyList<Point>> { Array.Empty<Point>() };
        for (var tier = 1; tier < tiers.Count; tier++)
        {
            // The finer tier has them: in its complete blocks and, where that has an incomplete one, in that.
            var begin = ScopeHistory.BlockOf(tiers[tier], history.SealedTo + 1) * tiers[tier].BlockSeconds;
            var points = new List<Point>();
            for (var tick = begin + 1; tick <= history.SealedTo; tick += tiers[tier - 1].BlockSeconds)
            {
                if (await blocks.GetAsync(scope.Scope, tier - 1, ScopeHistory.BlockOf(tiers[tier - 1], tick)) is { } packed)
                {
                    points.AddRange(PointBlock.Unpack(packed).Points);
                }
            }

            points.AddRange(incomplete[tier - 1]);
            incomplete.Add([.. Point.Join(points, tiers[tier].StepSeconds)]);
        }

        history.Restored(incomplete);
    }
}
