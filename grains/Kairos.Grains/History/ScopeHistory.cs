namespace Kairos.Grains;

/// <summary>
/// The history of one scope that is not in storage: its open seconds, which late counts can still reach, and of each tier the points of the
/// block that is not complete. A minute that nothing can reach any more is sealed, and its points go to every tier. Runs on the grain scheduler.
/// </summary>
/// <param name="kind">Decides about the tiers.</param>
/// <param name="total">All that was counted so far.</param>
/// <param name="sealedTo">Storage has the ticks up to this one.</param>
/// <param name="firstTick">Before it the scope was not there.</param>
/// <param name="isPresent">Whether a tick without counts is a point as well.</param>
internal sealed class ScopeHistory(ScopeKind kind, RequestCounters total, long sealedTo, long firstTick, Func<long, bool> isPresent)
{
    /// <summary>Seconds that are sealed together.</summary>
    public const int SealSeconds = 60;

    /// <summary>A count may come so many seconds late and still land in its own: as long as a shard keeps ticks.</summary>
    private const int LateSeconds = TickWindow.LengthMax;

    /// <summary>Open seconds; more there are only while storage cannot be read.</summary>
    private const int OpenMax = 3_600;

    private readonly IReadOnlyList<HistoryTier> _tiers = HistoryTier.Of(kind);
    private readonly SortedList<long, OpenSecond> _open = [];
    private readonly PackedPoints[] _incomplete = [.. HistoryTier.Of(kind).Select(_ => new PackedPoints())];
    private readonly RequestCounters[] _before = new RequestCounters[HistoryTier.Of(kind).Count];
    private RequestCounters _sealedTotal;

    /// <summary>All that was counted, up to the newest tick; it never falls.</summary>
    public RequestCounters Total { get; private set; } = total;

    /// <summary>The ticks up to this one are sealed.</summary>
    public long SealedTo { get; private set; } = sealedTo;

    /// <summary>What storage had is back; until then nothing is sealed.</summary>
    public bool IsRestored { get; private set; }

    /// <summary>Adds to the total what was counted before there was a history of the scope.</summary>
    public void Begin(RequestCounters counted)
    {
        Total += counted;
        _sealedTotal += counted;
    }

    /// <summary>Counts in a tick; in the oldest open one where that is sealed.</summary>
    public void Add(long tick, RequestCounters added, Sketch? durations)
    {
        Total += added;
        At(tick).Add(added, durations);
    }

    /// <summary>The scope's gauges at the end of a tick, which is a point from now on.</summary>
    public void Note(long tick, Gauges gauges)
    {
        if (tick > SealedTo)
        {
            At(tick).Note(gauges);
        }
    }

    /// <summary>Takes back what an earlier activation had counted in the open seconds; it is part of the total.</summary>
    public void RestoreOpen(IEnumerable<Point> points)
    {
        foreach (var point in points.Where(p => p.Tick > SealedTo))
        {
            var second = At(point.Tick);
            second.Add(point.Added, point.Durations);
            if (point.Gauges != default)
            {
                second.Note(point.Gauges);
            }
        }
    }

    /// <summary>Takes back the points of the incomplete blocks, one list for each tier, and begins to seal.</summary>
    public void Restored(IReadOnlyList<IReadOnlyList<Point>> incomplete)
    {
        _sealedTotal = _open.Values.Aggregate(Total, (sum, second) => sum - second.Added);
        for (var tier = 0; tier < incomplete.Count; tier++)
        {
            _incomplete[tier].AddRange(incomplete[tier]);
            _before[tier] = incomplete[tier].Aggregate(_sealedTotal, (before, point) => before - point.Added);
        }

        IsRestored = true;
    }

    /// <summary>Seals the next minute, if late counts can no longer reach it; the blocks that are complete thereby.</summary>
    public List<SealedBlock> SealNext(long newestTick)
    {
        var complete = new List<SealedBlock>();
        var minuteEnd = NextMinuteEnd(newestTick);
        if (!IsRestored || minuteEnd + LateSeconds >= newestTick)
        {
            return complete;
        }

        List<Point> seconds = [.. OpenPoints(minuteEnd)];
        foreach (var second in seconds)
        {
            _open.Remove(second.Tick);
        }

        SealedTo = minuteEnd;
        for (var tier = 0; tier < _incomplete.Length; tier++)
        {
            complete.AddRange(Seal(tier, minuteEnd, seconds));
        }

        _sealedTotal = seconds.Aggregate(_sealedTotal, (sum, second) => sum + second.Added);
        return complete;
    }

    /// <summary>The end of the next minute that has points; of the last one that is out of reach where none has.</summary>
    private long NextMinuteEnd(long newestTick)
    {
        var next = Math.Max(Math.Min(FirstOpen, newestTick - Presence.Ticks), SealedTo + 1);
        var end = ((next - 1) / SealSeconds * SealSeconds) + SealSeconds;
        while (end < FirstOpen && end + SealSeconds + LateSeconds < newestTick && !OpenPoints(end).Any())
        {
            end += SealSeconds;
        }

        return end;
    }

    private IEnumerable<SealedBlock> Seal(int tier, long minuteEnd, List<Point> seconds)
    {
        var (plan, points) = (_tiers[tier], _incomplete[tier]);
        if (points.Count > 0 && BlockOf(plan, points.FirstTick) != BlockOf(plan, minuteEnd))
        {
            yield return Pack(tier);
        }

        if (points.Count == 0)
        {
            _before[tier] = _sealedTotal;
        }

        points.AddRange(Point.Join(seconds, plan.StepSeconds));
        if (points.Count > 0 && BlockOf(plan, minuteEnd + 1) != BlockOf(plan, minuteEnd))
        {
            yield return Pack(tier);
        }
    }

    private SealedBlock Pack(int tier)
    {
        var points = _incomplete[tier];
        var block = new SealedBlock(tier, BlockOf(_tiers[tier], points.FirstTick), points.ToBlock(_before[tier]));
        points.Clear();
        return block;
    }

    /// <summary>What no sealed block has, for one tier: the open seconds are joined to its step. Shares nothing that changes.</summary>
    public UnsealedHistory Unsealed(int tier, long newestTick, bool withDurations)
    {
        var incomplete = _incomplete[tier];
        return new UnsealedHistory(
            incomplete.Count > 0 ? incomplete.FirstTick : SealedTo + 1,
            incomplete.Count > 0 ? incomplete.ToBlock(_before[tier]) : null,
            _sealedTotal,
            [.. Point.Join(OpenPoints(newestTick, withDurations: withDurations), _tiers[tier].StepSeconds)
                .Select(point => point with { Durations = point.Durations?.Clone() })]);
    }

    /// <summary>Packs the seconds that only late counts and questions for history still reach: three quarters of the open ones.</summary>
    public void Compact(long newestTick)
    {
        for (var at = 0; at < _open.Count && _open.GetKeyAtIndex(at) < newestTick - Rollup.RecentMax; at++)
        {
            _open.GetValueAtIndex(at).Compact();
        }
    }

    /// <summary>What was counted in the open seconds of (from, to].</summary>
    public Counts Between(long fromTick, long toTick)
    {
        var sum = new Counts();
        for (var at = _open.Count - 1; at >= 0 && _open.GetKeyAtIndex(at) > fromTick; at--)
        {
            if (_open.GetKeyAtIndex(at) <= toTick)
            {
                _open.GetValueAtIndex(at).AddTo(sum);
            }
        }

        return sum;
    }

    /// <summary>The open seconds that are points, after a tick and up to another. Their durations may have to be unpacked: not to be asked for in vain.</summary>
    public IEnumerable<Point> OpenPoints(long upToTick, long afterTick = 0, bool withDurations = true)
    {
        // Older than what presence remembers nothing is a point but what is open.
        var first = Math.Min(FirstOpen, Math.Max(firstTick, upToTick - Presence.Ticks));
        for (var tick = Math.Max(Math.Max(SealedTo, afterTick) + 1, first); tick <= upToTick; tick++)
        {
            if (_open.TryGetValue(tick, out var second))
            {
                yield return second.ToPoint(tick, withDurations);
            }
            else if (isPresent(tick))
            {
                yield return new Point(tick, 1, default, default, null);
            }
        }
    }

    private long FirstOpen => _open.Count == 0 ? long.MaxValue : _open.GetKeyAtIndex(0);

    public static long BlockOf(HistoryTier tier, long tick) => Point.StepOf(tick, tier.BlockSeconds);

    private OpenSecond At(long tick)
    {
        // Storage has been out for long: the oldest seconds join the next, their counts stay.
        tick = Math.Max(tick, _open.Count < OpenMax ? SealedTo + 1 : FirstOpen);
        if (!_open.TryGetValue(tick, out var second))
        {
            _open.Add(tick, second = new OpenSecond());
            if (_open.Count > OpenMax)
            {
                _open.GetValueAtIndex(1).Add(_open.GetValueAtIndex(0));
                _open.RemoveAt(0);
            }
        }

        return second;
    }
}
