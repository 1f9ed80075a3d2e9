using System.Text.Json.Serialization;

namespace Kairos.Gateway;

/// <summary>A scope in an answer: one of its members is set, none for the cluster.</summary>
/// <param name="Route">A route's id.</param>
/// <param name="Destination">cluster/destination.</param>
/// <param name="Node">A node's name.</param>
internal sealed record ScopeAnswer(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Route,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Destination,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Node)
{
    public static ScopeAnswer Of(Scope scope) => new(Named(scope, ScopeKind.Route), Named(scope, ScopeKind.Destination), Named(scope, ScopeKind.Node));

    private static string? Named(Scope scope, ScopeKind kind) => scope.Kind == kind ? scope.Name : null;
}

/// <summary>The answer of <c>/kairos/api/snapshot</c>.</summary>
/// <param name="Scope">Of what; empty for the cluster.</param>
/// <param name="Timestamp">The end of the second that it includes.</param>
/// <param name="IntervalSeconds">What rates and percentiles cover: the seconds up to the timestamp.</param>
/// <param name="Metrics">By name; null for a percentile of no requests.</param>
internal sealed record SnapshotAnswer(ScopeAnswer Scope, DateTime Timestamp, double IntervalSeconds, IReadOnlyDictionary<string, decimal?> Metrics);

/// <summary>The answer of <c>/kairos/api/history</c>.</summary>
/// <param name="Scope">Of what; empty for the cluster.</param>
/// <param name="From">Points come after this second.</param>
/// <param name="To">The last second that may have a point.</param>
/// <param name="StepSeconds">The width of a point; a wish for one that history does not have is rounded up.</param>
/// <param name="Series">One a metric.</param>
internal sealed record HistoryAnswer(ScopeAnswer Scope, DateTime From, DateTime To, int StepSeconds, IReadOnlyList<SeriesAnswer> Series);

/// <summary>The history of one metric, with the names of the stream's TimeSeries event.</summary>
/// <param name="MetricName">Its name.</param>
/// <param name="Unit">In UCUM's notation.</param>
/// <param name="DataPoints">Ascending; a step in which there was nothing to see has none.</param>
internal sealed record SeriesAnswer(string MetricName, string Unit, IReadOnlyList<PointAnswer> DataPoints);

/// <summary>One point.</summary>
/// <param name="Timestamp">The end of the last second in it.</param>
/// <param name="Value">The metric there or, of one of an interval, over the step.</param>
internal readonly record struct PointAnswer(DateTime Timestamp, decimal Value);

/// <summary>The answer of <c>/kairos/api/metrics</c>.</summary>
/// <param name="Metrics">In the order of a Snapshot.</param>
internal sealed record MetricsAnswer(IReadOnlyList<MetricAnswer> Metrics);

/// <summary>One metric.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">counter, gauge, mean, rate or percentile.</param>
/// <param name="Unit">In UCUM's notation.</param>
/// <param name="Scopes">What has it.</param>
/// <param name="Guide">It is one of the six that a client gets without a choice.</param>
/// <param name="Meaning">One sentence.</param>
internal sealed record MetricAnswer(string Name, string Kind, string Unit, IReadOnlyList<string> Scopes, bool Guide, string Meaning);

/// <summary>The answer of <c>/kairos/api/scopes</c>.</summary>
/// <param name="Routes">Their ids.</param>
/// <param name="Destinations">cluster/destination.</param>
/// <param name="Nodes">Their names.</param>
internal sealed record ScopesAnswer(IReadOnlyList<string> Routes, IReadOnlyList<string> Destinations, IReadOnlyList<string> Nodes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SnapshotAnswer))]
[JsonSerializable(typeof(HistoryAnswer))]
[JsonSerializable(typeof(MetricsAnswer))]
[JsonSerializable(typeof(ScopesAnswer))]
[JsonSerializable(typeof(NodeListing))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(SessionsAnswer))]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails))]
internal sealed partial class ApiJson : JsonSerializerContext;
