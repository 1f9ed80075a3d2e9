using System.Text.RegularExpressions;

namespace Kairos.Tests.Unit;

/// <summary>The tables of docs/protocol.md that are the code's, each between markers.</summary>
internal static partial class ProtocolTables
{
    private const int Minute = 60;
    private const int Hour = 3_600;
    private const int Day = 86_400;

    private static readonly Dictionary<string, Func<string>> Tables = new()
    {
        ["guide metrics"] = () => Table(
            ["metric", "kind", "meaning"],
            MetricTable.Guide.Metrics.Select(metric => new[] { Code(metric.Name), KindOf(metric), metric.Meaning })),
        ["counters"] = () => MetricsOf(MetricKind.Counter),
        ["gauges"] = () => Table(
            ["metric", "unit", "scopes", "meaning"],
            Further(MetricKind.Gauge).Select(metric => new[] { Code(metric.Name), metric.Unit, metric.IsOfEveryScope ? "all" : "cluster, node", metric.Meaning })),
        ["rates"] = () => MetricsOf(MetricKind.Rate),
        ["percentiles"] = () => MetricsOf(MetricKind.Percentile),
        ["history tiers"] = () => Table(
            ["points of", "of the cluster", "of any other scope"],
            HistoryTier.Of(ScopeKind.Cluster).Zip(HistoryTier.Of(ScopeKind.Node), (cluster, other) =>
                new[] { Shown(cluster.StepSeconds), Shown(cluster.RetentionSeconds), Shown(other.RetentionSeconds) })),
    };

    /// <summary>The document as it should be; what is not between markers stays.</summary>
    public static string Write(string text)
    {
        var found = new List<string>();
        var written = Block().Replace(text, block =>
        {
            var name = block.Groups["name"].Value;
            found.Add(name);
            return $"<!-- generated: {name} -->\n{Tables[name]()}<!-- end -->";
        });
        return found.Order().SequenceEqual(Tables.Keys.Order())
            ? written
            : throw new InvalidOperationException($"the document has {string.Join(", ", found)}, and not each of {string.Join(", ", Tables.Keys)} once");
    }

    private static IEnumerable<Metric> Further(MetricKind kind) =>
        (new MetricSet(~0UL >> (64 - MetricTable.All.Count)) - MetricTable.Guide).Metrics.Where(metric => metric.Kind == kind);

    private static string MetricsOf(MetricKind kind) => Table(
        ["metric", "unit", "meaning"], Further(kind).Select(metric => new[] { Code(metric.Name), metric.Unit, metric.Meaning }));

    private static string Table(string[] head, IEnumerable<string[]> rows) =>
        $"{Row(head)}|{string.Concat(head.Select(_ => "---|"))}\n{string.Concat(rows.Select(Row))}";

    private static string Row(string[] cells) => $"| {string.Join(" | ", cells)} |\n";

    private static string Code(string name) => $"`{name}`";

    private static string KindOf(Metric metric) => metric.Kind switch
    {
        MetricKind.Counter => "integer, never falls",
        MetricKind.Gauge => "integer",
        _ => $"decimal, {metric.Unit}",
    };

    private static string Shown(int seconds) => seconds switch
    {
        > Day when seconds % Day == 0 => $"{seconds / Day} days",
        >= Hour when seconds % Hour == 0 => $"{seconds / Hour} h",
        >= Minute when seconds % Minute == 0 => $"{seconds / Minute} min",
        _ => $"{seconds} s",
    };

    [GeneratedRegex("<!-- generated: (?<name>[^>]*) -->.*?<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex Block();
}
