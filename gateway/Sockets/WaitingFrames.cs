namespace Kairos.Gateway;

/// <summary>
/// What waits to be sent to one socket, and in which order it goes. Of snapshots, of notices and of each ranking the newest alone waits; answers
/// are bounded by the reader, which reads on only when the last ones are sent. Used under the writer's lock; a struct, since each socket has one.
/// </summary>
internal struct WaitingFrames
{
    private ReadOnlyMemory<byte> _snapshot;
    private ReadOnlyMemory<byte> _heartbeat;

    // Most sockets have none of these at most times.
    private Queue<ReadOnlyMemory<byte>>? _answers;
    private ReadOnlyMemory<byte>[]? _others;

    public readonly bool HasSnapshot => !_snapshot.IsEmpty;

    /// <summary>Replaces the snapshot that waits; an empty frame drops it. True when one is skipped so.</summary>
    public bool PutSnapshot(ReadOnlyMemory<byte> frame) => Replace(ref _snapshot, frame);

    /// <summary>As <see cref="PutSnapshot"/>, of a slot of its own.</summary>
    public bool PutOther(int slot, ReadOnlyMemory<byte> frame)
    {
        if (frame.IsEmpty && _others is null)
        {
            return false;
        }

        _others ??= new ReadOnlyMemory<byte>[SocketWriter.OtherSlots];
        return Replace(ref _others[slot], frame);
    }

    public void PutHeartbeat(ReadOnlyMemory<byte> frame) => _heartbeat = frame;

    public void AddAnswers(IEnumerable<ReadOnlyMemory<byte>> frames)
    {
        _answers ??= new();
        foreach (var frame in frames)
        {
            _answers.Enqueue(frame);
        }
    }

    /// <summary>The snapshot that waits becomes an answer: it is not replaced any more, nor overtaken by the answers that come next.</summary>
    public void QueueSnapshot()
    {
        if (HasSnapshot)
        {
            AddAnswers([_snapshot]);
            _snapshot = default;
        }
    }

    /// <summary>The next frame: answers before a snapshot, that before a notice, rankings and a heartbeat. Empty when none waits.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        if (_answers is not null && _answers.TryDequeue(out var answer))
        {
            _answers = _answers.Count > 0 ? _answers : null;
            return answer;
        }

        if (HasSnapshot)
        {
            return Take(ref _snapshot);
        }

        for (var slot = 0; slot < _others?.Length; slot++)
        {
            if (!_others[slot].IsEmpty)
            {
                return Take(ref _others[slot]);
            }
        }

        return Take(ref _heartbeat);
    }

    private static bool Replace(ref ReadOnlyMemory<byte> slot, ReadOnlyMemory<byte> frame)
    {
        var skips = !slot.IsEmpty && !frame.IsEmpty;
        slot = frame;
        return skips;
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> slot)
    {
        var frame = slot;
        slot = default;
        return frame;
    }
}
