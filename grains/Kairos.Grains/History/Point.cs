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

    /// <summary>Joins points of the same wider step; the order is kept.</summary>
    public static IEnumerable<Point> Join(IEnumerable<Point> points, int stepSeconds)
    {
        // The sum of durations is made once a step: a point's own may be in use elsewhere.
        var (joined, isSum) = (default(Point?), false);
        foreach (var point in points)
        {
            if (joined is { } former && StepOf(former.Tick, stepSeconds) != StepOf(point.Tick, stepSeconds))
            {
                yield return former;
                (joined, isSum) = (null, false);
            }

            joined = joined is { } same ? same.Join(point, ref isSum) : point;
        }

        if (joined is { } last)
        {
            yield return last;
        }
    }

    private Point Join(Point later, ref bool isSum)
    {
        var sum = Durations;
        if (sum is null)
        {
            sum = later.Durations;
        }
        else if (later.Durations is { } more)
        {
            sum = isSum ? sum : sum.Clone();
            isSum = true;
            sum.Add(more);
        }

        return new(later.Tick, Seconds + later.Seconds, Added + later.Added, later.Gauges, sum);
    }
}
