namespace Kairos.Grains;

/// <summary>
/// The merge of all reports of a shard: by maximum per (incarnation, tick), differences attributed to their tick. No I/O, no clock of its own;
/// times are Unix milliseconds. Runs on the grain scheduler.
/// </summary>
internal sealed class ShardState
{
    /// <summary>A node that has not reported for so long is dead to gauges and watermarks (DESIGN: the lease, 5 s).</summary>
    public const long LeaseMilliseconds = 5_000;

    /// <summary>An ended incarnation keeps its own entry for so long.</summary>
    private const long KeptMilliseconds = 3_600_000;

    /// <summary>Incarnations with an entry of their own; beyond it the one longest silent is folded early.</summary>
    public const int IncarnationsMax = 4_096;

    private readonly Dictionary<Guid, Incarnation> _incarnations;
    private readonly ClosedIncarnations _closed;
    private readonly TickWindow _window;

    private readonly UnwrittenTicks _unwritten = new();

    // Folded in memory, but no base in storage says so yet: a crash would open them again. Until then they are neither merged nor told.
    private readonly HashSet<Guid> _folding = [];

    public ShardState()
        : this(new ShardBase(0, [], new ClosedIncarnations(), new TickWindow()))
    {
    }

    public ShardState(ShardBase from)
    {
        _incarnations = from.Incarnations.ToDictionary(i => i.Id);
        foreach (var stored in from.Incarnations)
        {
            stored.DurableTick = stored.ClosedTick;
        }

        _closed = from.Closed;
        _window = from.Window;
        LastMergeAt = from.At;
    }

    /// <summary>Grows with everything that storage should know.</summary>
    public long Changes { get; private set; }

    /// <summary>Grows with everything that the rollup should know.</summary>
    public long Version => _window.Version;

    public long LastMergeAt { get; private set; }

    public RequestCounters Total => _window.Total;

    public int IncarnationCount => _incarnations.Count;

    public ReportAck Merge(NodeReport report, long now)
    {
        if (!_folding.Contains(report.Incarnation) && _closed.Find(report.Incarnation) is { } closedAt)
        {
            return new ReportAck(ReportOutcome.Closed, 0, closedAt);
        }

        if (_folding.Contains(report.Incarnation))
        {
            return new ReportAck(ReportOutcome.Merged, 0, []);
        }

        var incarnation = Enter(report, now);
        foreach (var tick in report.Ticks)
        {
            // A node's clock may be off: a tick beyond the one now open is taken as the one now open.
            var landsIn = Math.Min(tick.Tick, (now / 1000) + 1);
            MergeTick(incarnation, tick, landsIn);
            incarnation.InFlight = tick.InFlight;
        }

        incarnation.ClosedTick = Math.Max(incarnation.ClosedTick, report.ClosedTick);
        incarnation.LastReportAt = Math.Max(incarnation.LastReportAt, now);
        incarnation.Ended |= report.Leaving;
        LastMergeAt = Math.Max(LastMergeAt, now);
        return new ReportAck(ReportOutcome.Merged, incarnation.DurableTick, []);
    }

    /// <summary>Storage has this incarnation's ticks up to the one returned; 0 when it has none.</summary>
    public long DurableTick(Guid incarnation) => _incarnations.GetValueOrDefault(incarnation)?.DurableTick ?? 0;

    /// <summary>The nodes that were live when the state was last written.</summary>
    public HashSet<string> LiveNodes(long now) => [.. Live(now).Select(i => i.Node)];

    /// <summary>Every live node has closed the ticks up to this one; <see cref="long.MaxValue"/> without any.</summary>
    public long Watermark(long now) => Live(now).Select(i => i.ClosedTick).DefaultIfEmpty(long.MaxValue).Min();

    /// <summary>See <see cref="TickWindow.ChangedSince"/>. A live node that is late for a tick counts with its last gauge.</summary>
    public List<ShardTick> ChangedSince(long version, long tick, long upToTick, long now)
    {
        var live = Live(now).ToList();
        return _window.ChangedSince(version, tick, upToTick, entry =>
            entry.InFlight.Values.Sum() + live.Where(i => i.ClosedTick < entry.Tick && !entry.InFlight.ContainsKey(i.Node)).Sum(i => i.InFlight));
    }

    /// <summary>
    /// What is not in storage yet, as one entry, and how to acknowledge it: call the returned action once it is written,
    /// <see cref="PutBack"/> when it could not be.
    /// </summary>
    public (ShardEntry Entry, Action Written) TakeUnwritten()
    {
        var reports = _unwritten.Take().Select(t => (Incarnation: _incarnations[t.Key], Ticks: t.Value))
            .Select(t => new NodeReport(t.Incarnation.Node, t.Incarnation.Id, t.Incarnation.ClosedTick, t.Incarnation.Ended, [.. t.Ticks.Values]))
            .ToList();
        return (new ShardEntry(LastMergeAt, reports), () => Acknowledge(reports));
    }

    public void PutBack(ShardEntry entry)
    {
        foreach (var report in entry.Reports.Where(r => _incarnations.ContainsKey(r.Incarnation)))
        {
            foreach (var tick in report.Ticks)
            {
                Record(report.Incarnation, tick);
            }
        }
    }

    /// <summary>
    /// The whole state, everything unwritten included; and what to call once it is written. Folds what ended more than an hour ago, so that
    /// nodes that come and go do not grow the state.
    /// </summary>
    public (ShardBase Base, Action Written) ToBase(long now)
    {
        foreach (var old in _incarnations.Values.Where(i => now - i.LastReportAt > KeptMilliseconds).ToList())
        {
            Fold(old);
        }

        Guid[] folded = [.. _folding];
        return (new ShardBase(LastMergeAt, [.. _incarnations.Values], _closed, _window), () => _folding.ExceptWith(folded));
    }

    private IEnumerable<Incarnation> Live(long now) =>
        _incarnations.Values.Where(i => !i.Ended && now - i.LastReportAt <= LeaseMilliseconds);

    private Incarnation Enter(NodeReport report, long now)
    {
        if (_incarnations.TryGetValue(report.Incarnation, out var known))
        {
            return known;
        }

        if (_incarnations.Count >= IncarnationsMax)
        {
            Fold(_incarnations.Values.MinBy(i => i.LastReportAt)!);
        }

        foreach (var former in _incarnations.Values.Where(i => i.Node == report.Node))
        {
            former.Ended = true;
        }

        var entered = new Incarnation { Node = report.Node, Id = report.Incarnation, LastReportAt = now };
        _incarnations.Add(entered.Id, entered);
        return entered;
    }

    private void MergeTick(Incarnation incarnation, TickReport tick, long landsIn)
    {
        var before = _window.Version;
        _window.Note(landsIn, incarnation.Node, tick.InFlight);
        foreach (var series in tick.Series)
        {
            if (!incarnation.Series.TryGetValue(series.Key, out var totals))
            {
                totals = incarnation.Series[series.Key] = new SeriesTotals();
            }

            var counters = RequestCounters.Max(totals.Counters, series.Counters);
            var added = counters - totals.Counters;
            totals.Counters = counters;
            var durations = totals.Durations.RaiseTo(series.Changed);
            if (added != default || durations.Buckets.Length > 0)
            {
                _window.Add(landsIn, added, durations);
            }
        }

        if (_window.Version != before || tick.Tick > incarnation.ClosedTick)
        {
            Record(incarnation.Id, tick);
        }
    }

    private void Record(Guid incarnation, TickReport tick)
    {
        Changes++;
        _unwritten.Put(incarnation, tick);
    }

    private void Acknowledge(List<NodeReport> written)
    {
        foreach (var report in written)
        {
            if (_incarnations.TryGetValue(report.Incarnation, out var incarnation))
            {
                incarnation.DurableTick = Math.Max(incarnation.DurableTick, report.ClosedTick);
            }
        }
    }

    private void Fold(Incarnation old)
    {
        _closed.Add(old);
        _folding.Add(old.Id);
        _incarnations.Remove(old.Id);
        _unwritten.Remove(old.Id);
    }
}
