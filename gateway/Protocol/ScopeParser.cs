using System.Text.Json;

namespace Kairos.Gateway;

/// <summary>Reads a scope, such as <c>{"route":"orders"}</c> (DESIGN section 5). Thread-safe.</summary>
internal static class ScopeParser
{
    private const string Allowed = "it must be an object with one of route, destination and node, such as {\"route\":\"orders\"}";

    public static Scope Read(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"field `scope` is {FieldReader.Quoted(value)}; {Allowed}");
        }

        var fields = FieldReader.FieldsOf(value, "scope.", "route, destination and node", "route", "destination", "node");
        if (fields.Count != 1)
        {
            throw new FormatException($"field `scope` has {fields.Count} fields; {Allowed}");
        }

        var (kind, name) = fields.Single();
        return FieldReader.TextOf(name) is { Length: > 0 and <= Scope.NameLengthMax } text
            ? new Scope(KindOf(kind), text)
            : throw new FormatException($"field `scope.{kind}` is {FieldReader.Quoted(name)}; it must be a text of 1 to {Scope.NameLengthMax} characters");
    }

    private static ScopeKind KindOf(string field) => field switch
    {
        "route" => ScopeKind.Route,
        "destination" => ScopeKind.Destination,
        _ => ScopeKind.Node,
    };
}
