namespace Kairos.Tests.Unit;

/// <summary>A scope that counts requests of 1 ms, as the roll-up would have it: what it publishes, and what it tells of past seconds. Thread-safe but for <see cref="Absent"/>.</summary>
internal sealed class SeriesModel
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, long> _added = new() { [Make.Tick] = 1 };
    private readonly List<(long Tick, long Requests)> _late = [];

    /// <summary>The newest tick.</summary>
    public long Now { get; private set; } = Make.Tick;

    /// <summary>Seconds before it are not kept.</summary>
    public long KeptAfter { get; set; } = Make.Tick;

    /// <summary>How often it was asked for seconds.</summary>
    public int Reads { get; private set; }

    /// <summary>In which no gateway reported.</summary>
    public HashSet<long> Absent { get; } = [];

    public long Total(long tick) => Between(0, tick);

    /// <summary>What was counted in (from, to].</summary>
    public long Between(long from, long to)
    {
        lock (_lock)
            return _added.Where(a => a.Key > from && a.Key <= to).Sum(a => a.Value);
    }

    /// <summary>The next second, in which so many requests were counted.</summary>
    public Snapshot Next(long requests)
    {
        lock (_lock)
        {
            _added[++Now] = requests;
            foreach (var (tick, more) in _late)
                _added[tick] = _added.GetValueOrDefault(tick) + more;
            _late.Clear();
            return Snapshot(Now);
        }
    }

    /// <summary>Requests of a past second that are told with the next one.</summary>
    public void Late(long tick, long requests) => _late.Add((tick, requests));

    public Snapshot Snapshot(long tick) => new(2, tick, Make.Counters(Total(tick)), new Gauges(3, Gateways: 1), Make.Sketch((700, Total(tick))));

    public SecondsRange Seconds(long afterTick)
    {
        lock (_lock)
        {
            Reads++;
            var after = Math.Max(afterTick, KeptAfter);
            var points = new List<HistoryPoint>();
            for (var tick = after + 1; tick <= Now; tick++)
            {
                if (!Absent.Contains(tick))
                {
                    var added = _added.GetValueOrDefault(tick);
                    points.Add(new HistoryPoint(tick, 1, Make.Counters(Total(tick)), Make.Counters(added), new Gauges(3, Gateways: 1), added == 0 ? null : Make.Sketch((700, added))));
                }
            }
            return new SecondsRange(after, Now, Now, points);
        }
    }
}
