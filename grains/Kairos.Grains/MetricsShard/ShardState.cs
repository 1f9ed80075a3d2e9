namespace Kairos.Grains;

/// <summary>
/// The merge of all reports of a shard: by maximum per (incarnation, tick), differences attributed to their tick. No I/O, no clock of its own;
/// times are Unix milliseconds. Runs on the grain scheduler.
/// </summary>
internal sealed class ShardState
{
    private readonly Incarnations _incarnations;
    private readonly ClosedIncarnations _closed;
    private readonly TickWindow _window;
    private readonly bool _successorEndsFormer;
    private readonly UnwrittenTicks _unwritten = new();

    /// <param name="from">What storage has; null for nothing.</param>
    /// <param name="nodes">Whether a node can be in another process than its shard.</param>
    public ShardState(ShardBase? from, NodeLifetime nodes)
    {
        from ??= new ShardBase(0, [], new ClosedIncarnations(), new TickWindow());
        _incarnations = new Incarnations(from.Incarnations, from.Closed);
        foreach (var stored in from.Incarnations)
        {
            stored.DurableTick = stored.ClosedTick;
        }

        _closed = from.Closed;
        _window = from.Window;
        if (_window.IsEmpty)
        {
            // An earlier version kept no parts.
            from.Incarnations.ForEach(i => Begin(i.Series.Select(s => (s.Key, (string?)i.Node, s.Value))));
            Begin(from.Closed.Sum.Select(s => (s.Key, (string?)null, new Counts { Counters = s.Value })));
        }

        _successorEndsFormer = nodes.EndsWithSilo;
        LastMergeAt = from.At;
    }

    /// <summary>Grows with everything that storage should know.</summary>
    public long Changes { get; private set; }

    /// <summary>Numbers the answers to the rollup.</summary>
    public long Version => _window.Version;

    /// <inheritdoc cref="TickWindow.Overflows"/>
    public long Overflows => _window.Overflows;

    public long LastMergeAt { get; private set; }

    public RequestCounters Total => _window.Total;

    public int IncarnationCount => _incarnations.Count;

    /// <summary>Takes a node's report, or says why not.</summary>
    public ReportAck Merge(NodeReport report, long now)
    {
        if (_incarnations.IsFolding(report.Incarnation))
        {
            return new ReportAck(ReportOutcome.Merged, 0, []);
        }

        if (_closed.Find(report.Incarnation) is { } closedAt)
        {
            return new ReportAck(ReportOutcome.Closed, 0, closedAt);
        }

        var known = _incarnations.Find(report.Incarnation);
        var taken = !_successorEndsFormer && _incarnations.IsNameTaken(report.Node, report.Incarnation, now);
        if (taken && !report.Leaving && known is null)
        {
            return new ReportAck(ReportOutcome.NameTaken, 0, []);
        }

        // What a process counted before it lost its name, or as it stops, is counted in any case.
        var incarnation = Take(report, now);
        if (!taken && !report.Leaving && (known is null || incarnation.Ended))
        {
            _incarnations.GiveName(incarnation);
        }

        incarnation.Left |= report.Leaving;

        // Of two that both believe to hold the name, as after a recovery, the first to be told so has lost it.
        incarnation.Ended |= report.Leaving || taken;
        return new ReportAck(taken ? ReportOutcome.NameTaken : ReportOutcome.Merged, incarnation.DurableTick, []);
    }

    /// <summary>Takes again what had been taken before it went to storage.</summary>
    public void Replay(ShardEntry entry)
    {
        foreach (var report in entry.Reports.Where(r => _closed.Find(r.Incarnation) is null))
        {
            var incarnation = Enter(report, entry.At);
            incarnation.ClockOffset = entry.ClockOffsets.GetValueOrDefault(report.Incarnation);
            incarnation.Ended = report.Leaving;
            incarnation.Left |= entry.Left.Contains(report.Incarnation);
            Take(report, entry.At);
        }
    }

    /// <summary>Storage has this incarnation's ticks up to the one returned; 0 when it has none.</summary>
    public long DurableTick(Guid incarnation) => _incarnations.Find(incarnation)?.DurableTick ?? 0;

    /// <summary>Seconds added to this incarnation's ticks, see <see cref="NodeClock"/>.</summary>
    public long ClockOffset(Guid incarnation) => _incarnations.Find(incarnation)?.ClockOffset ?? 0;

    /// <summary>The incarnations that were live when the state was last written, of which more may have been shown than storage has.</summary>
    public HashSet<Guid> LiveIncarnations(long now) => [.. _incarnations.Live(now, Incarnations.LeaseMilliseconds).Select(i => i.Id)];

    /// <inheritdoc cref="Incarnations.Nodes"/>
    public List<NodeStatus> Nodes(long now) => _incarnations.Nodes(now);

    /// <summary>Every live node has closed the ticks up to this one; <see cref="long.MaxValue"/> without any.</summary>
    public long Watermark(long now) => _incarnations.Live(now, Incarnations.GaugeLeaseMilliseconds)
        .Select(i => i.ClosedClusterTick).DefaultIfEmpty(long.MaxValue).Min();

    /// <inheritdoc cref="TickWindow.Tell"/>
    public (ShardBaseline? Baseline, List<ShardTick> Ticks) Tell(ShardCursor since, bool known, long upToTick) => _window.Tell(since, known, upToTick);

    /// <summary>The last gauges of live nodes that have not closed a tick yet.</summary>
    public Gauges Late(long tick, long now) => Live(now).Where(i => i.ClosedClusterTick < tick && !_window.Has(tick, i.Node))
        .Aggregate(default(Gauges), (sum, late) => sum + late.Gauges with { Gateways = 0 });

    /// <summary>Requests in progress on the live nodes, by route and by destination.</summary>
    public List<SeriesInFlight> InFlight(long now) => [.. Live(now).SelectMany(i => i.InFlight)
        .GroupBy(s => s.Key).Select(s => new SeriesInFlight(s.Key, s.Sum(node => node.InFlight)))];

    /// <summary>
    /// What is not in storage yet, as one entry, and how to acknowledge it: call the returned action once it is written,
    /// <see cref="PutBack"/> when it could not be.
    /// </summary>
    public (ShardEntry Entry, Action Written) TakeUnwritten()
    {
        var reports = _unwritten.Take().Select(t => (Incarnation: _incarnations.Find(t.Key)!, Ticks: t.Value)).ToList();
        var entry = new ShardEntry(
            LastMergeAt,
            [.. reports.Select(r => new NodeReport(r.Incarnation.Node, r.Incarnation.Id, r.Incarnation.ClosedTick, r.Incarnation.Ended, [.. r.Ticks.Values]))])
        {
            Left = [.. reports.Where(r => r.Incarnation.Left).Select(r => r.Incarnation.Id)],
            ClockOffsets = reports.Where(r => r.Incarnation.ClockOffset != 0).ToDictionary(r => r.Incarnation.Id, r => r.Incarnation.ClockOffset),
        };
        return (entry, () => Acknowledge(entry.Reports));
    }

    public void PutBack(ShardEntry entry)
    {
        foreach (var report in entry.Reports.Where(r => _incarnations.Find(r.Incarnation) is not null))
        {
            foreach (var tick in report.Ticks)
            {
                Record(report.Incarnation, tick);
            }
        }
    }

    /// <summary>The whole state, everything unwritten included; and what to call once it is written. Folds what ended long ago.</summary>
    public (ShardBase Base, Action Written) ToBase(long now)
    {
        _incarnations.FoldOld(now).ForEach(old => _unwritten.Remove(old.Id));
        return (new ShardBase(LastMergeAt, [.. _incarnations.All], _closed, _window.ToStored()), _incarnations.Folded());
    }

    private Incarnation Enter(NodeReport report, long now)
    {
        if (_incarnations.Find(report.Incarnation) is { } known)
        {
            return known;
        }

        var (entered, folded) = _incarnations.Enter(report.Node, report.Incarnation, now);
        if (folded is not null)
        {
            _unwritten.Remove(folded.Id);
        }

        return entered;
    }

    private Incarnation Take(NodeReport report, long now)
    {
        var incarnation = Enter(report, now);
        NodeClock.Correct(incarnation, report.OpenTick, now);
        foreach (var tick in report.Ticks)
        {
            // A closed tick is sent until storage has it, and does not change any more: what was merged once need not be compared again.
            // A clock may be a little ahead: a tick beyond the one now open is taken as the one now open.
            var landsIn = Math.Min(tick.Tick + incarnation.ClockOffset, (now / 1000) + 1);
            if (tick.Tick > incarnation.ClosedTick)
            {
                MergeTick(incarnation, tick, landsIn);
            }

            (incarnation.Gauges, incarnation.InFlight) = (tick.Gauges, tick.InFlight);
        }

        incarnation.ClosedTick = Math.Max(incarnation.ClosedTick, report.ClosedTick);
        incarnation.LastReportAt = Math.Max(incarnation.LastReportAt, now);
        incarnation.Draining = report.Draining;
        LastMergeAt = Math.Max(LastMergeAt, now);
        return incarnation;
    }

    private void MergeTick(Incarnation incarnation, TickReport tick, long landsIn)
    {
        _window.Note(landsIn, incarnation.Node, tick.Gauges);
        foreach (var series in tick.Series)
        {
            if (!incarnation.Series.TryGetValue(series.Key, out var totals))
            {
                totals = incarnation.Series[series.Key] = new Counts();
            }

            var counters = RequestCounters.Max(totals.Counters, series.Counters);
            var added = counters - totals.Counters;
            totals.Counters = counters;
            var durations = totals.Durations.RaiseTo(series.Changed);
            if (added != default || durations.Buckets.Length > 0)
            {
                _window.Add(landsIn, series.Key, incarnation.Node, added, durations);
            }
        }

        Record(incarnation.Id, tick);
    }

    private IEnumerable<Incarnation> Live(long now) => _incarnations.Live(now, Incarnations.GaugeLeaseMilliseconds);

    private void Begin(IEnumerable<(SeriesKey Series, string? Node, Counts Counts)> parts)
    {
        foreach (var (series, node, counts) in parts)
        {
            _window.Begin(series, node, counts.Counters, counts.Durations);
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
            if (_incarnations.Find(report.Incarnation) is { } incarnation)
            {
                incarnation.DurableTick = Math.Max(incarnation.DurableTick, report.ClosedTick);
            }
        }
    }
}
