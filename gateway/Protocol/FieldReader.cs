using System.Text;
using System.Text.Json;

namespace Kairos.Gateway;

/// <summary>Reads fields of a client's message; a mistake is a <see cref="FormatException"/> with the rest of the sentence. Thread-safe.</summary>
internal static class FieldReader
{
    private const int QuotedMax = 60;

    /// <summary>The fields of an object by name; unknown and repeated ones are mistakes.</summary>
    public static Dictionary<string, JsonElement> FieldsOf(JsonElement value, string prefix, string allowed, params ReadOnlySpan<string> names)
    {
        var fields = new Dictionary<string, JsonElement>();
        foreach (var field in value.EnumerateObject())
        {
            var name = Text(() => field.Name);
            if (name is null || !names.Contains(name))
            {
                throw new FormatException($"unknown field `{prefix}{Shortened(name ?? "?")}`; the fields are {allowed}");
            }

            if (!fields.TryAdd(name, field.Value))
            {
                throw new FormatException($"duplicate field `{prefix}{Shortened(name)}`");
            }
        }

        return fields;
    }

    public static int Number(JsonElement value, string name, int min, int max) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number == decimal.Truncate(number) && number >= min && number <= max
            ? (int)number
            : throw new FormatException($"field `{name}` is {Quoted(value)}; it must be a whole number from {min} to {max}");

    public static bool Flag(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new FormatException($"field `{name}` is {Quoted(value)}; it must be true or false"),
    };

    /// <summary>The text of a string; null for anything else, and where JSON's escapes make half a character, which no text can hold.</summary>
    public static string? TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? Text(value.GetString) : null;

    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        _ => Quoted(value),
    };

    public static string Quoted(JsonElement value) => Shortened(value.GetRawText());

    public static string Shortened(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        if (line.Length <= QuotedMax)
        {
            return line;
        }

        // Never half of a surrogate pair.
        var length = char.IsHighSurrogate(line[QuotedMax - 1]) ? QuotedMax - 1 : QuotedMax;
        return new StringBuilder(line, 0, length, length + 1).Append('…').ToString();
    }

    private static string? Text(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
