using System.Text.Json.Nodes;
using Kairos.Gateway;

namespace Kairos.Tests.Unit;

/// <summary>The parts of the schemas that are the code's: metrics from <see cref="MetricTable"/>, and limits. The rest of the files stays.</summary>
internal static class SchemaParts
{
    private const string AliasOfMean = "response_time_avg";

    private static readonly Dictionary<string, Action<JsonObject>> Fillings = new()
    {
        ["snapshot.json"] = FillSnapshot,
        ["time-series.json"] = FillTimeSeries,
        ["top-n.json"] = FillTopN,
        ["subscription.json"] = FillSubscription,
        ["session.json"] = FillSession,
        ["error.json"] = _ => { },
        ["heartbeat.json"] = _ => { },
    };

    private static int HistoryMaxOfCluster => HistoryTier.Of(ScopeKind.Cluster)[^1].RetentionSeconds;

    private static int HistoryMaxOfOthers => HistoryTier.Of(ScopeKind.Node)[^1].RetentionSeconds;

    private static IEnumerable<string> Names => MetricTable.All.Select(metric => metric.Name);

    private static IEnumerable<string> NamesOfEveryScope => MetricTable.All.Where(metric => metric.IsOfEveryScope).Select(metric => metric.Name);

    /// <summary>The file as it should be.</summary>
    public static string Write(string file, string text)
    {
        var schema = JsonNode.Parse(text)!.AsObject();
        Fillings[file](schema);
        return JsonLayout.Write(schema);
    }

    private static void FillSnapshot(JsonObject schema)
    {
        var properties = schema["properties"]!.AsObject();
        Keep(properties, "type", "timestamp");
        foreach (var metric in MetricTable.All)
        {
            var property = OfKind(metric);
            property["description"] = $"{metric.Meaning} Unit: {metric.Unit}.{(metric.IsOfEveryScope ? "" : " Of the cluster and of nodes alone.")}";
            properties[metric.Name] = property;
        }

        properties["tick"] = new JsonObject { ["description"] = "Of a session alone: the timestamp in Unix seconds.", ["type"] = "integer", ["minimum"] = 0 };

        var definitions = schema["$defs"]!.AsObject();
        Keep(definitions);
        AddKinds(definitions);
    }

    private static void FillTimeSeries(JsonObject schema)
    {
        Set(schema, "properties/metric_name/enum", Array(Names));
        Set(schema, "properties/data_points/maxItems", HistoryChoice.PointsMax);
    }

    private static void FillTopN(JsonObject schema)
    {
        Set(schema, "properties/items/maxItems", TopQuery.CountMax);
        Set(schema, "$defs/name/maxLength", Scope.NameLengthMax);
        Set(schema, "$defs/metric/enum", Array(Names));
        Set(schema, "$defs/metric_of_every_scope/enum", Array(NamesOfEveryScope));
        Set(schema, "$defs/metric_of_whole_numbers/enum", Array(
            MetricTable.All.Where(metric => metric.Kind is MetricKind.Counter or MetricKind.Gauge).Select(metric => metric.Name)));
        var columns = schema["$defs"]!["item"]!["properties"]!.AsObject();
        Keep(columns, "scope", "value");
        foreach (var metric in MetricTable.All)
        {
            columns[metric.Name] = OfKind(metric);
        }

        AddKinds(schema["$defs"]!.AsObject());
    }

    private static void FillSubscription(JsonObject schema)
    {
        Set(schema, "properties/metrics/maxItems", MetricParser.NamesMax);
        Set(schema, "properties/history_seconds/maximum", HistoryMaxOfCluster);
        Set(schema, "properties/history_seconds/default", HistoryChoice.DefaultSeconds);
        Set(schema, "properties/history_step_seconds/maximum", HistoryMaxOfCluster);
        Set(schema, "allOf/0/then/properties/history_seconds/maximum", HistoryMaxOfOthers);
        Set(schema, "allOf/0/then/properties/history_step_seconds/maximum", HistoryMaxOfOthers);
        Set(schema, "allOf/2/else/properties/history_step_seconds/minimum", HistoryChoice.DefaultSeconds / HistoryChoice.PointsMax);
        Set(schema, "$defs/name/maxLength", Scope.NameLengthMax);
        Set(schema, "$defs/top/properties/n/maximum", TopQuery.CountMax);
        Set(schema, "$defs/top/properties/metrics/maxItems", MetricParser.NamesMax);
        Set(schema, "$defs/metric/enum", Array(Names.Append(AliasOfMean)));
        Set(schema, "$defs/metric_of_every_scope/enum", Array(NamesOfEveryScope.Append(AliasOfMean)));
    }

    private static void FillSession(JsonObject schema)
    {
        Set(schema, "$defs/subscription/properties/interval_seconds/maximum", SnapshotChoice.IntervalMax);
        Set(schema, "$defs/name/maxLength", Scope.NameLengthMax);
        Set(schema, "$defs/metric/enum", Array(Names));
        Set(schema, "$defs/metric_of_every_scope/enum", Array(NamesOfEveryScope));
    }

    private static JsonObject OfKind(Metric metric)
    {
        var schema = new JsonObject { ["$ref"] = $"#/$defs/{WordOf(metric.Kind)}" };
        if (metric.Unit == "%")
        {
            schema["maximum"] = 100;
        }

        return schema;
    }

    private static void AddKinds(JsonObject definitions)
    {
        foreach (var kind in Enum.GetValues<MetricKind>())
        {
            definitions[WordOf(kind)] = kind switch
            {
                MetricKind.Counter => Kind("integer", "Since the cluster began; it never falls."),
                MetricKind.Gauge => Kind("integer", "At the timestamp."),
                MetricKind.Mean => Kind("number", "Over all time since the cluster began; with one or two decimals."),
                MetricKind.Rate => Kind("number", "Per second of the interval; with one or two decimals."),
                _ => Kind(new JsonArray("number", "null"), "Of the requests completed in the interval, with one or two decimals; null when there were none."),
            };
        }
    }

    private static JsonObject Kind(JsonNode type, string description) => new() { ["description"] = description, ["type"] = type, ["minimum"] = 0 };

    private static string WordOf(MetricKind kind) => kind.ToString().ToLowerInvariant();

    private static JsonArray Array(IEnumerable<string> words) => [.. words.Select(word => JsonValue.Create(word))];

    private static void Keep(JsonObject fields, params ReadOnlySpan<string> names)
    {
        foreach (var name in fields.Select(field => field.Key).ToArray())
        {
            if (!names.Contains(name))
            {
                fields.Remove(name);
            }
        }
    }

    /// <summary>Replaces a value that must be there; the path has names and indices.</summary>
    private static void Set(JsonNode root, string path, JsonNode value)
    {
        var steps = path.Split('/');
        var parent = steps[..^1].Aggregate(root, (node, step) => node is JsonArray items ? items[int.Parse(step, null)]! : node[step]!);
        if (!parent.AsObject().ContainsKey(steps[^1]))
        {
            throw new InvalidOperationException($"the schema has no {path}");
        }

        parent[steps[^1]] = value;
    }
}
