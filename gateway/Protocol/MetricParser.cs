using System.Text.Json;

namespace Kairos.Gateway;

/// <summary>Reads names of metrics. Thread-safe.</summary>
internal static class MetricParser
{
    /// <summary>Names in one list, repeated ones counted.</summary>
    public const int NamesMax = 100;

    /// <summary>The metrics of an array of names; those that a scope of that kind has.</summary>
    public static MetricSet Read(JsonElement value, string field, ScopeKind kind)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException($"field `{field}` is {FieldReader.Quoted(value)}; it must be an array of metric names{(field == "metrics" ? ", empty for the guide's six" : "")}");
        }

        if (value.GetArrayLength() > NamesMax)
        {
            throw new FormatException($"field `{field}` has {value.GetArrayLength()} names; at most {NamesMax} are allowed");
        }

        var chosen = default(MetricSet);
        foreach (var name in value.EnumerateArray())
        {
            if (name.ValueKind != JsonValueKind.String)
            {
                throw new FormatException($"field `{field}` holds {FieldReader.Quoted(name)}; each name must be a string");
            }

            chosen |= FieldReader.TextOf(name) == "*"
                ? MetricTable.Of(kind)
                : One(name, field, kind, "holds", ", or \"*\" for all");
        }

        return chosen;
    }

    /// <summary>The metric of one name.</summary>
    public static MetricSet One(JsonElement value, string field, ScopeKind kind, string has = "is", string or = "")
    {
        var all = MetricTable.Of(kind);
        var found = MetricTable.Find(FieldReader.TextOf(value) ?? "")
            ?? throw new FormatException($"field `{field}` {has} {FieldReader.Quoted(value)}, which is not a metric; the metrics are {MetricTable.NamesOf(all)}{or}");
        return (found & all) == found
            ? found
            : throw new FormatException(
                $"field `{field}` {has} {FieldReader.Quoted(value)}, which only the cluster and its nodes have; those of a {kind.Name()} are {MetricTable.NamesOf(all)}{or}");
    }
}
