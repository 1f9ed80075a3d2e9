using System.Text;
using System.Text.Json;

namespace Kairos.Gateway;

/// <summary>
/// Reads a client's subscription message (the guide, section "Send Subscription"). A mistake gives one sentence that names the field,
/// the value and what is allowed. Thread-safe.
/// </summary>
internal static class SubscriptionParser
{
    /// <summary>Names in one subscription, repeated ones counted.</summary>
    public const int NamesMax = 100;

    private const int IntervalMin = 1;
    private const int IntervalMax = 60;
    private const int QuotedMax = 60;
    private const string Fields = "metrics, interval_seconds and include_history";

    private static readonly JsonDocumentOptions Shallow = new() { MaxDepth = 8 };

    /// <returns>The request, or null and the sentence.</returns>
    public static (SubscriptionRequest? Request, string? Error) Parse(ReadOnlyMemory<byte> message)
    {
        try
        {
            using var document = JsonDocument.Parse(message, Shallow);
            return (Read(document.RootElement), null);
        }
        catch (JsonException e)
        {
            var where = e.BytePositionInLine is { } at ? $" at line {e.LineNumber + 1}, byte {at + 1}" : "";
            return (null, $"Invalid subscription: not valid JSON{where}; send an object with {Fields}");
        }
        catch (FormatException mistake)
        {
            return (null, $"Invalid subscription: {mistake.Message}");
        }
    }

    private static SubscriptionRequest Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"{Kind(root)} is not an object; send an object with {Fields}");
        }

        MetricSet? metrics = null;
        var interval = IntervalMin;
        var history = false;
        var seen = new HashSet<string>();
        foreach (var field in root.EnumerateObject())
        {
            var name = TextOf(() => field.Name);
            if (name is not null && !seen.Add(name))
            {
                throw new FormatException($"duplicate field `{Shortened(name)}`");
            }

            switch (name)
            {
                case "metrics":
                    metrics = ReadMetrics(field.Value);
                    break;
                case "interval_seconds":
                    interval = ReadInterval(field.Value);
                    break;
                case "include_history":
                    history = ReadFlag(field.Value);
                    break;
                default:
                    throw new FormatException($"unknown field `{Shortened(name ?? "?")}`; the fields are {Fields}");
            }
        }

        return new SubscriptionRequest(metrics ?? throw new FormatException("missing field `metrics`"), interval, history);
    }

    private static MetricSet ReadMetrics(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException($"field `metrics` is {Quoted(value)}; it must be an array of metric names, empty for the guide's six");
        }

        if (value.GetArrayLength() > NamesMax)
        {
            throw new FormatException($"field `metrics` has {value.GetArrayLength()} names; at most {NamesMax} are allowed");
        }

        var chosen = default(MetricSet);
        foreach (var name in value.EnumerateArray())
        {
            if (name.ValueKind != JsonValueKind.String)
            {
                throw new FormatException($"field `metrics` holds {Quoted(name)}; each name must be a string");
            }

            chosen |= MetricTable.Find(TextOf(name.GetString) ?? "")
                ?? throw new FormatException($"field `metrics` holds {Quoted(name)}, which is not a metric; the metrics are {MetricTable.Names}, or \"*\" for all");
        }

        return chosen.Count == 0 ? MetricTable.Guide : chosen;
    }

    private static int ReadInterval(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var seconds) && seconds is >= IntervalMin and <= IntervalMax
            ? seconds
            : throw new FormatException(
                $"field `interval_seconds` is {Quoted(value)}; it must be a whole number from {IntervalMin} to {IntervalMax}");

    private static bool ReadFlag(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new FormatException($"field `include_history` is {Quoted(value)}; it must be true or false"),
    };

    /// <summary>The text; null where JSON's escapes make half a character, which no text can hold.</summary>
    private static string? TextOf(Func<string?> read)
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

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        _ => Quoted(value),
    };

    private static string Quoted(JsonElement value) => Shortened(value.GetRawText());

    private static string Shortened(string text)
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
}
