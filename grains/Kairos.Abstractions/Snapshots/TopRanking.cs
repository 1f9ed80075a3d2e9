namespace Kairos;

/// <summary>A question for the scopes of a kind that have most of something.</summary>
/// <param name="Of">Routes, destinations or nodes.</param>
/// <param name="By">The metric that ranks them.</param>
/// <param name="Metrics">Further metrics to tell of each: bits of <see cref="MetricSet"/>.</param>
/// <param name="Count">How many, at most <see cref="CountMax"/>.</param>
/// <param name="IntervalSeconds">What metrics of an interval cover, up to the newest tick: 1 to 60.</param>
[GenerateSerializer, Immutable, Alias("Kairos.TopQuery")]
public readonly record struct TopQuery(
    [property: Id(0)] ScopeKind Of,
    [property: Id(1)] string By,
    [property: Id(2)] ulong Metrics,
    [property: Id(3)] int Count,
    [property: Id(4)] int IntervalSeconds)
{
    /// <summary>The most that one may ask for.</summary>
    public const int CountMax = 200;
}

/// <summary>The answer: highest first; a scope that has no value is not in it.</summary>
/// <param name="Tick">The end of the interval.</param>
/// <param name="Rows">One a scope.</param>
[GenerateSerializer, Immutable, Alias("Kairos.TopRanking")]
public sealed record TopRanking([property: Id(0)] long Tick, [property: Id(1)] IReadOnlyList<TopRow> Rows);

/// <summary>One scope of a ranking.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Of the metric that ranks.</param>
/// <param name="Values">Of the further metrics, in the order of the table; NaN for nothing.</param>
[GenerateSerializer, Immutable, Alias("Kairos.TopRow")]
public readonly record struct TopRow([property: Id(0)] string Name, [property: Id(1)] double Value, [property: Id(2)] double[] Values);
