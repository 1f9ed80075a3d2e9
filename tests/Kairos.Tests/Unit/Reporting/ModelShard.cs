using Kairos.Grains;

namespace Kairos.Tests.Unit;

/// <summary>A shard's state with its storage: entries and a base, writes in two halves that may fail, and crashes.</summary>
internal sealed class ModelShard
{
    private byte[]? _base;
    private readonly List<byte[]> _entries = [];
    private (ShardEntry Entry, Action Written, byte[] Bytes, bool IsBase)? _writing;

    public ShardState State { get; private set; } = new(null, Make.Cluster);

    public ReportAck Merge(NodeReport report, long now) => State.Merge(report, now);

    /// <summary>As the grain's write begins: takes what is unwritten, serialized before anything else happens.</summary>
    public void BeginWrite(bool asBase, long now)
    {
        if (_writing is not null)
            return;

        var (entry, written) = State.TakeUnwritten();
        if (asBase)
        {
            var (state, folded) = State.ToBase(now);
            _writing = (entry, folded + written, Serialization.Write(state), true);
        }
        else
        {
            _writing = (entry, written, Serialization.Write(entry), false);
        }
    }

    /// <param name="reached">Storage has it, whatever the shard is told.</param>
    /// <param name="told">The shard learns that the write succeeded; else it takes it for failed.</param>
    public void EndWrite(bool reached, bool told)
    {
        if (_writing is not { } writing)
            return;

        _writing = null;
        if (reached)
            Store(writing.Bytes, writing.IsBase);

        if (reached && told)
            writing.Written();
        else
            State.PutBack(writing.Entry);
    }

    /// <summary>The process is killed; a write under way may have reached storage.</summary>
    public void Crash(bool writeReached)
    {
        if (_writing is { } writing && writeReached)
            Store(writing.Bytes, writing.IsBase);

        _writing = null;
        State = Recover();
    }

    /// <summary>As the grain's activation does it.</summary>
    public ShardState Recover()
    {
        var state = _base is null ? new ShardState(null, Make.Cluster) : new ShardState(Serialization.Read<ShardBase>(_base), Make.Cluster);
        foreach (var entry in _entries.Select(Serialization.Read<ShardEntry>))
        {
            state.Replay(entry);
        }

        state.TakeUnwritten().Written();
        return state;
    }

    private void Store(byte[] bytes, bool isBase)
    {
        if (!isBase)
        {
            _entries.Add(bytes);
            return;
        }

        _base = bytes;
        _entries.Clear();
    }
}
