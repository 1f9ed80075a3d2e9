using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kairos.Tests.Unit;

/// <summary>Every way to spoil a message at one place.</summary>
internal static class JsonMutations
{
    private static readonly string[] Optional = ["tick", "subscription/scope"];

    /// <summary>Each mutation by what was done, and the message then; metrics and what is optional may be missing, and percentiles null.</summary>
    public static IEnumerable<(string What, JsonNode Message)> Of(JsonNode message) =>
        Places(message, []).SelectMany(place => Changes(place, At(message, place)).Select(change =>
        {
            var copy = message.DeepClone();
            change.Apply(At(copy, place));
            return ($"{string.Join('/', place)} {change.What}", copy);
        }));

    private static IEnumerable<(string What, Action<JsonNode> Apply)> Changes(object[] place, JsonNode here)
    {
        if (here is JsonObject)
        {
            yield return ("with an unknown field", node => node["unknown"] = 1);
        }

        if (place is not [.., string name])
        {
            yield break;
        }

        yield return ("of another type", node => node.ReplaceWith(node.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? JsonValue.Create("true") : JsonValue.Create(true)));
        var metric = MetricTable.Find(name)?.Metrics.Single();
        if (metric is null && !Optional.Contains(string.Join('/', place)))
        {
            yield return ("missing", node => node.Parent!.AsObject().Remove(name));
        }
        else if (metric is not null)
        {
            yield return ("negative", node => node.ReplaceWith(JsonValue.Create(-1)));
        }

        if (metric?.Kind != MetricKind.Percentile)
        {
            yield return ("null", node => node.Parent!.AsObject()[name] = null);
        }

        if (metric?.Kind is MetricKind.Counter or MetricKind.Gauge)
        {
            yield return ("with a fraction", node => node.ReplaceWith(JsonValue.Create(1.5)));
        }
    }

    private static IEnumerable<object[]> Places(JsonNode? node, object[] place) => node switch
    {
        JsonObject fields => fields.SelectMany(field => Places(field.Value, [.. place, field.Key])).Prepend(place),
        JsonArray items => items.SelectMany((item, i) => Places(item, [.. place, i])).Prepend(place),
        null => [],
        _ => [place],
    };

    private static JsonNode At(JsonNode message, object[] place) =>
        place.Aggregate(message, (node, step) => step is int i ? node[i]! : node[(string)step]!);
}
