namespace Kairos.Grains;

/// <summary>One step of a scope's history before it is shown: what was counted in it, and the gauges at its end.</summary>
/// <param name="Tick">The last tick of the step in which a gateway node ran.</param>
/// <param name="Seconds">In how many a node ran.</param>
/// <param name="Added">What was counted in it.</param>
/// <param name="Gauges">At its end.</param>
/// <param name="Durations">Of the requests counted in it; null for none, or when not wanted.</param>
internal readonly record struct Point(long Tick, int Seconds, RequestCounters Added, Gauges Gauges, Sketch? Durations)
{
    /// <summary>Steps end at whole multiples of their width.</summary>
    public static long StepOf(long tick, int stepSeconds) => (tick - 1) / stepSeconds;

    /// <summary>Joins points of the same wider step; the order is kept. A point's own durations stay as they are.</summary>
    public static IEnumerable<Point> Join(IEnumerable<Point> points, int stepSeconds)
    {
        Point? joined = null;
        DurationSum? sum = null;
        foreach (var point in points)
        {
            if (joined is { } former && StepOf(former.Tick, stepSeconds) != StepOf(point.Tick, stepSeconds))
            {
                yield return former.With(sum);
                joined = null;
            }

            joined = joined is { } same ? same.Join(point, ref sum) : point;
        }

        if (joined is { } last)
        {
            yield return last.With(sum);
        }
    }

    /// <summary>The point with no more of its durations than percentiles take.</summary>
    public Point Thinned() => Durations is null ? this : this with { Durations = ThinnedSketch.Of(Durations) };

    /// <summary>The durations are the first point's alone until a second one has some: then all are in the sum.</summary>
    private Point Join(Point later, ref DurationSum? sum)
    {
        if (Durations is { } mine && later.Durations is { } more)
        {
            sum ??= new DurationSum();
            if (sum.IsEmpty)
            {
                sum.Add(mine);
            }

            sum.Add(more);
        }

        return new(later.Tick, Seconds + later.Seconds, Added + later.Added, later.Gauges, Durations ?? later.Durations);
    }

    private Point With(DurationSum? sum) => sum is { IsEmpty: false } ? this with { Durations = sum.Take() } : this;
}
