namespace Kairos;

/// <summary>What a metric is, and how it is written.</summary>
public enum MetricKind
{
    /// <summary>A whole number that only grows, since the cluster began.</summary>
    Counter,

    /// <summary>A whole number of the moment.</summary>
    Gauge,

    /// <summary>A decimal over all time since the cluster began.</summary>
    Mean,

    /// <summary>A decimal: what was counted in the interval, per second.</summary>
    Rate,

    /// <summary>A decimal: of the requests completed in the interval; nothing when there were none.</summary>
    Percentile,
}

/// <summary>One metric of the wire.</summary>
/// <param name="Name">Its field in a Snapshot and its <c>metric_name</c> in a TimeSeries.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Unit">In UCUM's notation, with annotations in braces; <c>1</c> for none.</param>
/// <param name="IsOfEveryScope">Routes and destinations have it as well; else only the cluster and its nodes.</param>
/// <param name="Meaning">One sentence for the user.</param>
/// <param name="Value">From a reading; <see cref="double.NaN"/> for nothing.</param>
public sealed record Metric(string Name, MetricKind Kind, string Unit, bool IsOfEveryScope, string Meaning, Func<Reading, double> Value)
{
    /// <summary>Of a percentile, the share of requests (0 to 1) that it covers; 0 of any other.</summary>
    public double Quantile { get; init; }

    /// <summary>It is about an interval rather than an instant.</summary>
    public bool IsOfInterval => Kind is MetricKind.Rate or MetricKind.Percentile;

    /// <summary>Its values are whole numbers; others have decimals.</summary>
    public bool IsWhole => Kind is MetricKind.Counter or MetricKind.Gauge;

    /// <summary>A scope of that kind has it.</summary>
    public bool IsOf(ScopeKind kind) => kind is ScopeKind.Cluster or ScopeKind.Node || IsOfEveryScope;
}

/// <summary>What metrics are computed from: a scope at an instant, and the interval that ends there.</summary>
/// <param name="Counters">Cumulative, at the instant.</param>
/// <param name="Gauges">At the instant.</param>
/// <param name="Added">What was counted in the interval.</param>
/// <param name="Seconds">The length of the interval; 0 when there is none.</param>
/// <param name="Durations">Of the requests completed in the interval; null for none.</param>
public readonly record struct Reading(RequestCounters Counters, Gauges Gauges, RequestCounters Added, double Seconds, Sketch? Durations)
{
    /// <summary>A scope at a snapshot, over the interval since an earlier one; null for no interval.</summary>
    public static Reading Of(Snapshot snapshot, Snapshot? since)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return since is null
            ? new Reading(snapshot.Counters, snapshot.Gauges, default, 0, null)
            : new Reading(
                snapshot.Counters,
                snapshot.Gauges,
                RequestCounters.Max(snapshot.Counters - since.Counters, default),
                snapshot.Tick - since.Tick,
                snapshot.Durations.Since(since.Durations));
    }

    /// <summary>A step of history.</summary>
    public static Reading Of(HistoryPoint point) => new(point.Counters, point.Gauges, point.Added, point.Seconds, point.Durations);
}
