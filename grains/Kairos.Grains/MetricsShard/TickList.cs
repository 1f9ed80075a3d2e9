namespace Kairos.Grains;

/// <summary>Ticks of a window, ascending. Runs on the grain scheduler.</summary>
[GenerateSerializer, Alias("Kairos.TickList")]
internal sealed class TickList
{
    [Id(0)] private readonly SortedList<long, WindowTick> _ticks = [];

    public int Count => _ticks.Count;

    public IList<WindowTick> Ticks => _ticks.Values;

    public WindowTick? Find(long tick) => _ticks.GetValueOrDefault(tick);

    public WindowTick Open(long tick)
    {
        var opened = new WindowTick { Tick = tick };
        _ticks.Add(tick, opened);
        return opened;
    }

    public void RemoveOldest() => _ticks.RemoveAt(0);

    /// <summary>Adds the ticks of another list, which must not be used any more.</summary>
    public TickList AddAll(TickList other)
    {
        foreach (var (tick, content) in other._ticks)
        {
            if (!_ticks.TryAdd(tick, content))
            {
                _ticks[tick].Add(content);
            }
        }

        return this;
    }

    /// <summary>Adds copies of the ticks of another list.</summary>
    public TickList AddCopy(TickList other)
    {
        foreach (var (tick, content) in other._ticks)
        {
            (Find(tick) ?? Open(tick)).Add(content);
        }

        return this;
    }

    /// <summary>The ticks up to one, and those after it; this list must not be used any more.</summary>
    public (TickList UpTo, TickList After) Split(long upToTick)
    {
        var (upTo, after) = (new TickList(), new TickList());
        foreach (var (tick, content) in _ticks)
        {
            (tick <= upToTick ? upTo : after)._ticks.Add(tick, content);
        }

        return (upTo, after);
    }
}
