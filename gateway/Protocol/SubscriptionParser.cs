using System.Text.Json;

namespace Kairos.Gateway;

/// <summary>
/// Reads a client's subscription message (the guide, section "Send Subscription"; beyond it DESIGN section 5). A mistake gives one sentence
/// that names the field, the value and what is allowed. Whether a scope exists is not known here. Thread-safe.
/// </summary>
internal static class SubscriptionParser
{
    private const string Fields = "metrics, interval_seconds, include_history, history_seconds, history_step_seconds, scope and top";

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
            throw new FormatException($"{FieldReader.Kind(root)} is not an object; send an object with {Fields}");
        }

        var fields = FieldReader.FieldsOf(root, "", Fields, "metrics", "interval_seconds", "include_history", "history_seconds", "history_step_seconds", "scope", "top");
        var interval = fields.TryGetValue("interval_seconds", out var seconds) ? FieldReader.Number(seconds, "interval_seconds", 1, SnapshotChoice.IntervalMax) : 1;
        var top = fields.TryGetValue("top", out var ranking) ? TopParser.Read(ranking, interval) : null;
        if (!fields.TryGetValue("metrics", out var names))
        {
            return top is null ? throw new FormatException("missing field `metrics`") : new SubscriptionRequest(null, null, OnlyTop(fields, top));
        }

        var scope = fields.TryGetValue("scope", out var named) ? ScopeParser.Read(named) : Scope.Cluster;
        var metrics = MetricParser.Read(names, "metrics", scope.Kind);
        return new SubscriptionRequest(
            new SnapshotChoice(metrics.Count == 0 ? MetricTable.Guide : metrics, interval, scope), ReadHistory(fields, scope), top);
    }

    private static TopChoice OnlyTop(Dictionary<string, JsonElement> fields, TopChoice top) =>
        fields.Keys.FirstOrDefault(name => name is not ("top" or "interval_seconds")) is { } stray
            ? throw new FormatException($"field `{stray}` belongs to `metrics`, which is missing")
            : top;

    private static HistoryChoice? ReadHistory(Dictionary<string, JsonElement> fields, Scope scope)
    {
        var retention = HistoryTier.Of(scope.Kind)[^1].RetentionSeconds;
        var seconds = fields.TryGetValue("history_seconds", out var back)
            ? FieldReader.Number(back, "history_seconds", 1, retention)
            : HistoryChoice.DefaultSeconds;
        var stepMin = (seconds + HistoryChoice.PointsMax - 1) / HistoryChoice.PointsMax;
        var step = fields.TryGetValue("history_step_seconds", out var width) ? FieldReader.Number(width, "history_step_seconds", 1, retention) : 0;
        if (step != 0 && step < stepMin)
        {
            throw new FormatException(
                $"field `history_step_seconds` is {step}; for {seconds} seconds it must be at least {stepMin}, since an event has at most {HistoryChoice.PointsMax} points");
        }

        return fields.TryGetValue("include_history", out var wanted) && FieldReader.Flag(wanted, "include_history") ? new HistoryChoice(scope, seconds, step) : null;
    }
}
