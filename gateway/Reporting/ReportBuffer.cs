namespace Kairos.Gateway;

/// <summary>
/// The ticks of this node that storage does not have yet: each with the series and buckets that changed in it, cumulative.
/// Bounded: beyond the limit the oldest tick folds into the next, so that no count is lost, only its second. Used by one loop at a time.
/// </summary>
internal sealed class ReportBuffer(string node, int shards, int ticksMax, RequestMeter meter, NodeGauges gauges, GatewayInstruments instruments)
{
    private readonly Dictionary<SeriesKey, SeriesCapture> _captures = [];
    private readonly LinkedList<TickDraft> _closed = [];
    private TickDraft? _open;
    private Guid _incarnation = Guid.NewGuid();

    /// <summary>Ticks up to this one will not change any more.</summary>
    public long ClosedTick => _open is null ? 0 : _open.Tick - 1;

    /// <summary>Storage has the ticks up to this one.</summary>
    public long DurableTick { get; private set; }

    /// <summary>Captures the meter into the open tick; when time has moved on, closes it and those between, and opens the next.</summary>
    /// <param name="openTick">The tick now open. A clock set back does not reopen a closed one.</param>
    public void Capture(long openTick)
    {
        _open ??= new TickDraft(openTick);
        foreach (var series in meter.All())
        {
            CaptureSeries(series, _open);
        }

        _open.Gauges = gauges.Read();
        _open.InFlight = gauges.ReadInFlight();
        while (_open.Tick < openTick)
        {
            var closed = _open;

            // Of a long pause only what the buffer could hold gets ticks of its own.
            _open = new TickDraft(Math.Max(closed.Tick + 1, openTick - ticksMax)) { Gauges = closed.Gauges, InFlight = closed.InFlight };

            // Only what is in progress now is of use to anybody.
            closed.InFlight = [];
            Close(closed);
        }
    }

    /// <summary>
    /// All that is kept, as a report that shares nothing with the buffer; of more than a report should hold the oldest ticks, and then it
    /// is no last report yet.
    /// </summary>
    /// <param name="leaving">The node stops: the open tick counts as closed.</param>
    /// <param name="draining">The node is about to stop.</param>
    public NodeReport Build(bool leaving, bool draining = false)
    {
        var ticks = new List<TickReport>();
        var series = 0;
        foreach (var draft in _closed.Append(_open!))
        {
            series += draft.SeriesCount;
            if (ticks.Count > 0 && series > ReportLimits.SeriesWanted)
            {
                break;
            }

            ticks.Add(draft.ToReport());
        }

        var last = ticks[^1].Tick;
        var isWhole = last == _open!.Tick;
        return new NodeReport(node, _incarnation, isWhole && !leaving ? ClosedTick : last, leaving && isWhole, ticks)
        {
            Draining = draining,
            Shards = shards,
            OpenTick = _open.Tick,
        };
    }

    /// <summary>Forgets the ticks that storage has.</summary>
    public void Acknowledge(long durableTick)
    {
        DurableTick = Math.Max(DurableTick, durableTick);
        while (_closed.First is { } first && first.Value.Tick <= durableTick)
        {
            _closed.RemoveFirst();
        }
    }

    /// <summary>
    /// The shard has closed this incarnation long ago, with these counts: goes on as a new one with what exceeds them. Durations counted
    /// meanwhile stay in the totals but not in the sketch, since the closed sum has none to compare with.
    /// </summary>
    public void Reincarnate(IReadOnlyList<ClosedSeries> closedAt)
    {
        _incarnation = Guid.NewGuid();
        DurableTick = 0;
        _closed.Clear();
        _open = new TickDraft(_open!.Tick);
        var countedBy = closedAt.ToDictionary(series => series.Key, series => series.Counters);
        foreach (var (key, capture) in _captures)
        {
            var counted = countedBy.GetValueOrDefault(key);
            capture.StartAgainFrom(counted);
            if (capture.Current != default)
            {
                _open.Set(key, capture.Current, []);
            }
        }
    }

    private void CaptureSeries(Series series, TickDraft into)
    {
        if (!_captures.TryGetValue(series.Key, out var capture))
        {
            capture = _captures[series.Key] = new SeriesCapture();
        }

        if (capture.Take(series) is { Count: > 0 } changed)
        {
            into.Set(series.Key, capture.Current, changed);
        }
        else if (capture.Changed)
        {
            into.Set(series.Key, capture.Current, []);
        }
    }

    private void Close(TickDraft draft)
    {
        _closed.AddLast(draft);
        if (_closed.Count > ticksMax)
        {
            var oldest = _closed.First!.Value;
            _closed.RemoveFirst();
            _closed.First!.Value.FoldIn(oldest);
            instruments.TickFolded();
        }
    }
}
