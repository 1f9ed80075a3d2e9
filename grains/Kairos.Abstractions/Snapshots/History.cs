namespace Kairos;

/// <summary>A question for history.</summary>
/// <param name="Scope">Whose.</param>
/// <param name="FromTick">Exclusive.</param>
/// <param name="ToTick">Inclusive.</param>
/// <param name="StepSeconds">Points end at whole multiples of it; 0 chooses the smallest step that fits.</param>
/// <param name="PointsMax">At most so many points, the newest ones.</param>
/// <param name="WithDurations">Points carry the durations of their step.</param>
[GenerateSerializer, Immutable, Alias("Kairos.HistoryQuery")]
public readonly record struct HistoryQuery(
    [property: Id(0)] Scope Scope,
    [property: Id(1)] long FromTick,
    [property: Id(2)] long ToTick,
    [property: Id(3)] int StepSeconds,
    [property: Id(4)] int PointsMax,
    [property: Id(5)] bool WithDurations);

/// <summary>History as asked for.</summary>
/// <param name="StepSeconds">The step of the points.</param>
/// <param name="Points">Ascending; a step in which there was nothing to see has none.</param>
[GenerateSerializer, Immutable, Alias("Kairos.HistoryRange")]
public sealed record HistoryRange([property: Id(0)] int StepSeconds, [property: Id(1)] IReadOnlyList<HistoryPoint> Points);

/// <summary>Seconds of a scope, each by itself.</summary>
/// <param name="AfterTick">From here on they are complete: what was asked for, or the beginning of what is kept by the second.</param>
/// <param name="ToTick">
/// Up to here they are known: the newest tick of the roll-up or, while it waits for reports (at most ten ticks), the last one that has some. Where it
/// is not after AfterTick, nothing newer is known yet.
/// </param>
/// <param name="AsOfTick">The newest tick of the roll-up: what was counted later is not in it.</param>
/// <param name="Points">Ascending, each of one second in (AfterTick, ToTick]; seconds in which no gateway node reported are missing.</param>
[GenerateSerializer, Immutable, Alias("Kairos.SecondsRange")]
public sealed record SecondsRange(
    [property: Id(0)] long AfterTick, [property: Id(1)] long ToTick, [property: Id(2)] long AsOfTick, [property: Id(3)] IReadOnlyList<HistoryPoint> Points);

/// <summary>One step of history.</summary>
/// <param name="Tick">Unix seconds of the last tick in it.</param>
/// <param name="Seconds">Seconds of the step in which a gateway node ran.</param>
/// <param name="Counters">Cumulative at the end of that tick.</param>
/// <param name="Added">What was counted in the step.</param>
/// <param name="Gauges">At the end of that tick.</param>
/// <param name="Packed">See <see cref="Durations"/>.</param>
[GenerateSerializer, Immutable, Alias("Kairos.HistoryStep")]
public readonly record struct HistoryPoint(
    [property: Id(0)] long Tick,
    [property: Id(1)] int Seconds,
    [property: Id(2)] RequestCounters Counters,
    [property: Id(3)] RequestCounters Added,
    [property: Id(4)] Gauges Gauges,
    [property: Id(5)] PackedSketch? Packed)
{
    /// <summary>
    /// Of the requests counted in the step; null for none, and when not asked for. Not to be changed. In a <see cref="HistoryRange"/> as many, and
    /// the same at each of <see cref="MetricTable.Quantiles"/>; what lies between is not told apart, so they do not add up with others'.
    /// </summary>
    public Sketch? Durations => Packed?.Sketch;
}

/// <summary>For how long history is kept at which steps; a coarser tier goes further back. Of the cluster longer than of other scopes.</summary>
/// <param name="StepSeconds">Width of a point.</param>
/// <param name="RetentionSeconds">How far back.</param>
/// <param name="BlockPoints">Points that are sealed and stored together.</param>
public readonly record struct HistoryTier(int StepSeconds, int RetentionSeconds, int BlockPoints)
{
    private const int Minute = 60;
    private const int Hour = 3_600;
    private const int Day = 86_400;

    private static readonly HistoryTier[] OfCluster = [new(1, Hour, 60), new(10, Day, 360), new(Minute, 30 * Day, 360)];
    private static readonly HistoryTier[] OfOthers = [new(1, Hour / 4, 60), new(10, 4 * Hour, 60), new(Minute, 2 * Day, 60)];

    /// <summary>Seconds of a block.</summary>
    public int BlockSeconds => StepSeconds * BlockPoints;

    /// <summary>The tiers of a scope, finest first.</summary>
    public static IReadOnlyList<HistoryTier> Of(ScopeKind kind) => kind == ScopeKind.Cluster ? OfCluster : OfOthers;
}
