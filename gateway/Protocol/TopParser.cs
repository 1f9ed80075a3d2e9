using System.Text.Json;

namespace Kairos.Gateway;

/// <summary>Reads which ranking is wanted, such as <c>{"by":"response_time_p99","of":"routes","n":10}</c>. Thread-safe.</summary>
internal static class TopParser
{
    private const int CountDefault = 10;
    private const string Fields = "by, of, n and metrics";

    /// <summary>The kinds that can be ranked, by their words.</summary>
    public static readonly IReadOnlyDictionary<string, ScopeKind> Kinds = new Dictionary<string, ScopeKind>
    {
        ["routes"] = ScopeKind.Route,
        ["destinations"] = ScopeKind.Destination,
        ["nodes"] = ScopeKind.Node,
    };

    public static TopChoice Read(JsonElement value, int intervalSeconds)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException(
                $"field `top` is {FieldReader.Quoted(value)}; it must be an object with {Fields}, such as {{\"by\":\"response_time_p99\",\"of\":\"routes\",\"n\":10}}");
        }

        var fields = FieldReader.FieldsOf(value, "top.", Fields, "by", "of", "n", "metrics");
        if (!fields.TryGetValue("of", out var of))
        {
            throw new FormatException("missing field `top.of`; it must be one of routes, destinations and nodes");
        }

        var word = FieldReader.TextOf(of) ?? "";
        if (!Kinds.TryGetValue(word, out var kind))
        {
            throw new FormatException($"field `top.of` is {FieldReader.Quoted(of)}; it must be one of routes, destinations and nodes");
        }

        var count = fields.TryGetValue("n", out var n) ? FieldReader.Number(n, "top.n", 0, TopQuery.CountMax) : CountDefault;
        var metrics = fields.TryGetValue("metrics", out var names) ? MetricParser.Read(names, "top.metrics", kind) : default;
        var by = fields.TryGetValue("by", out var name)
            ? MetricParser.One(name, "top.by", kind).Metrics.Single().Name
            : count == 0 ? "" : throw new FormatException($"missing field `top.by`; it must be one of {MetricTable.NamesOf(MetricTable.Of(kind))}");
        return new TopChoice(new TopQuery(kind, by, metrics.Bits, count, intervalSeconds), word);
    }
}
