namespace Kairos.Gateway;

/// <summary>The rankings that one socket wants, one of each kind at most. All members under the socket's lock.</summary>
internal sealed class SocketRankings(MetricsSocket socket, TopBoard board, SocketWriter writer)
{
    private readonly TopGroup?[] _groups = new TopGroup?[SocketWriter.OtherSlots];

    /// <summary>Replaces the ranking of its kind; false, and nothing is changed, when the node has no room for it.</summary>
    public bool Join(TopChoice choice, long tick)
    {
        if (board.Join(socket, choice, tick, _groups[(int)choice.Query.Of]) is not { } group)
        {
            return false;
        }

        if (!ReferenceEquals(_groups[(int)choice.Query.Of], group))
        {
            Leave(choice.Query.Of);
            _groups[(int)choice.Query.Of] = group;
        }

        return true;
    }

    public void Leave(ScopeKind kind)
    {
        if (_groups[(int)kind] is { } group)
        {
            board.Leave(socket, group);
            _groups[(int)kind] = null;
            writer.PutOther((int)kind, default);
        }
    }

    public void LeaveAll() => Array.ForEach(Enum.GetValues<ScopeKind>(), Leave);

    /// <summary>A ranking's frame; dropped where the client has chosen another since.</summary>
    public void Offer(TopGroup group, ReadOnlyMemory<byte> frame)
    {
        var kind = (int)group.Choice.Query.Of;
        if (ReferenceEquals(_groups[kind], group))
        {
            writer.PutOther(kind, frame);
        }
    }
}
