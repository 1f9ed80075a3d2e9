namespace Kairos.Grains;

/// <summary>
/// The last hour of a series, a point a second where there is one. Late ticks raise points; a minute older than any late tick can reach
/// is sealed and written once. Runs on the grain scheduler.
/// </summary>
internal sealed class History
{
    /// <summary>The retention: an hour of seconds.</summary>
    public const int PointsMax = 3_600;

    /// <summary>The points of one sealed block.</summary>
    public const int BlockSeconds = 60;

    private readonly HistoryPoint[] _points = new HistoryPoint[PointsMax];
    private long _newest;

    /// <summary>The next block that is not in storage; block n has the ticks (60 n, 60 n + 60].</summary>
    public long NextBlock { get; private set; }

    public static long BlockOf(long tick) => (tick - 1) / BlockSeconds;

    /// <summary>Adds a point or raises the one that is there.</summary>
    public void Merge(HistoryPoint point)
    {
        if (point.Tick <= _newest - PointsMax)
        {
            return;
        }

        ref var at = ref _points[point.Tick % PointsMax];
        at = at.Tick == point.Tick ? point with { Counters = RequestCounters.Max(at.Counters, point.Counters) } : point;
        _newest = Math.Max(_newest, point.Tick);
    }

    /// <summary>Takes over a block read from storage.</summary>
    public void Restore(long block, IEnumerable<HistoryPoint> points)
    {
        foreach (var point in points)
        {
            Merge(point);
        }

        NextBlock = Math.Max(NextBlock, block + 1);
    }

    /// <summary>
    /// The points in (from, to], ascending: the last one of each step that ends at a multiple of <paramref name="step"/> seconds; with a
    /// step of 0, the smallest by which their time span gives no more than <paramref name="pointsMax"/>.
    /// </summary>
    public List<HistoryPoint> Range(long from, long to, int step, int pointsMax)
    {
        var seconds = Seconds(from, to).ToList();
        if (step == 0 && seconds.Count > 0)
        {
            var span = seconds[^1].Tick - seconds[0].Tick + 1;
            step = (int)((span + pointsMax - 1) / pointsMax);
        }

        var found = new List<HistoryPoint>();
        foreach (var point in seconds)
        {
            if (found.Count > 0 && StepOf(found[^1].Tick, step) == StepOf(point.Tick, step))
            {
                found[^1] = point;
            }
            else
            {
                found.Add(point);
            }
        }

        return found.Count > pointsMax ? found[^pointsMax..] : found;
    }

    /// <summary>The blocks that late ticks can no longer reach and that storage lacks, oldest first.</summary>
    public IEnumerable<(long Block, List<HistoryPoint> Points)> Sealable()
    {
        var oldest = BlockOf(_newest - PointsMax + 1);
        for (var block = Math.Max(NextBlock, oldest); (block + 1) * BlockSeconds < _newest - TickWindow.LengthMax; block++)
        {
            var points = Range(block * BlockSeconds, (block + 1) * BlockSeconds, 1, BlockSeconds);
            if (points.Count > 0)
            {
                yield return (block, points);
            }
        }
    }

    /// <summary>Storage has this block and all before it.</summary>
    public void Sealed(long block) => NextBlock = Math.Max(NextBlock, block + 1);

    /// <summary>The points that no sealed block has.</summary>
    public List<HistoryPoint> Unsealed() => Range(NextBlock * BlockSeconds, _newest, 1, PointsMax);

    private IEnumerable<HistoryPoint> Seconds(long from, long to)
    {
        for (var tick = Math.Max(Math.Max(from, _newest - PointsMax), 0) + 1; tick <= Math.Min(to, _newest); tick++)
        {
            if (_points[tick % PointsMax] is var point && point.Tick == tick)
            {
                yield return point;
            }
        }
    }

    private static long StepOf(long tick, int step) => (tick - 1) / step;
}
