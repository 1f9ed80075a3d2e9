using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kairos.Tests.Unit;

/// <summary>Writes JSON for people: what fits in a line stands in one, and a list of words fills its lines.</summary>
internal static class JsonLayout
{
    private const int LineLengthMax = 140;
    private const int Indent = 2;

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(JsonNode node)
    {
        var text = new StringBuilder();
        Append(text, node, depth: 0, used: 0);
        return text.Append('\n').ToString();
    }

    /// <param name="text">What is written so far.</param>
    /// <param name="node">What comes next.</param>
    /// <param name="depth">Of the line.</param>
    /// <param name="used">Characters of the line besides: before the value, and a comma after it.</param>
    private static void Append(StringBuilder text, JsonNode? node, int depth, int used)
    {
        var line = Line(node);
        switch (node)
        {
            case JsonObject { Count: > 0 } fields when used + line.Length > LineLengthMax:
                AppendParts(text, '{', '}', fields, depth, (field, left) =>
                {
                    var name = Quoted(field.Key) + ": ";
                    text.Append(name);
                    Append(text, field.Value, depth + 1, left + name.Length);
                });
                break;
            case JsonArray { Count: > 0 } items when used + line.Length > LineLengthMax && items.All(item => item is JsonValue):
                AppendParts(text, '[', ']', Lines(items, depth + 1), depth, (items, _) => text.Append(items));
                break;
            case JsonArray { Count: > 0 } items when used + line.Length > LineLengthMax:
                AppendParts(text, '[', ']', items, depth, (item, left) => Append(text, item, depth + 1, left));
                break;
            default:
                text.Append(line);
                break;
        }
    }

    private static void AppendParts<T>(StringBuilder text, char open, char close, IEnumerable<T> parts, int depth, Action<T, int> append)
    {
        var separator = open.ToString();
        foreach (var part in parts)
        {
            text.Append(separator).Append('\n').Append(' ', (depth + 1) * Indent);
            append(part, (depth + 1) * Indent + 1);
            separator = ",";
        }

        text.Append('\n').Append(' ', depth * Indent).Append(close);
    }

    private static IEnumerable<string> Lines(JsonArray items, int depth)
    {
        var line = "";
        foreach (var item in items.Select(Line))
        {
            if (line.Length > 0 && depth * Indent + line.Length + item.Length + 3 > LineLengthMax)
            {
                yield return line;
                line = "";
            }

            line += line.Length == 0 ? item : $", {item}";
        }

        yield return line;
    }

    private static string Line(JsonNode? node) => node switch
    {
        JsonObject { Count: > 0 } fields => $"{{ {string.Join(", ", fields.Select(field => $"{Quoted(field.Key)}: {Line(field.Value)}"))} }}",
        JsonArray items => $"[{string.Join(", ", items.Select(Line))}]",
        null => "null",
        _ => node.ToJsonString(Relaxed),
    };

    private static string Quoted(string text) => JsonSerializer.Serialize(text, Relaxed);
}
