using System.Text.Json;

namespace Kairos.Client;

/// <summary>Reads the frames of docs/protocol.md. Fields that it does not know are skipped, as a later node may have more.</summary>
internal static class EventReader
{
    /// <summary>The event; null for a Heartbeat, which is the connection's own business, and for a type that this client does not know.</summary>
    /// <exception cref="FormatException">The frame is not an event of the protocol.</exception>
    public static MetricsEvent? Read(ReadOnlyMemory<byte> frame)
    {
        try
        {
            using var json = JsonDocument.Parse(frame);
            return Read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("The frame is not an event of the protocol.", e);
        }
    }

    private static MetricsEvent? Read(JsonElement json) => Text(json, "type") switch
    {
        "Snapshot" => new SnapshotEvent(json.GetProperty("tick").GetInt64(), Timestamp(json), Values(json)),
        "Session" => Session(json),
        "TimeSeries" => new TimeSeriesEvent(Text(json, "metric_name"), [.. json.GetProperty("data_points").EnumerateArray().Select(Point)]),
        "TopN" => new TopNEvent(
            Timestamp(json),
            MetricsScope.ReadPlural(Text(json, "of")),
            Text(json, "by"),
            [.. json.GetProperty("items").EnumerateArray().Select(Ranked)]),
        "Error" => new ErrorEvent(Text(json, "message")),
        _ => null,
    };

    private static SessionEvent Session(JsonElement json)
    {
        var recovered = json.GetProperty("recovered").GetBoolean();
        return new SessionEvent(
            Text(json, "session_id"),
            json.GetProperty("resumed").GetBoolean(),
            recovered,
            Subscription(json.GetProperty("subscription")),
            recovered ? null : json.GetProperty("first_tick").GetInt64(),
            recovered ? null : Text(json, "reason"));
    }

    private static MetricsSubscription Subscription(JsonElement json) => new()
    {
        Metrics = [.. json.GetProperty("metrics").EnumerateArray().Select(Text)],
        IntervalSeconds = json.TryGetProperty("interval_seconds", out var interval) ? interval.GetInt32() : 1,
        Scope = json.TryGetProperty("scope", out var scope) ? Scope(scope) : null,
    };

    private static MetricsPoint Point(JsonElement json) => new(Timestamp(json), json.GetProperty("value").GetDouble());

    private static RankedScope Ranked(JsonElement json)
    {
        var values = Values(json);
        values.Remove("value");
        return new RankedScope(Scope(json.GetProperty("scope")), json.GetProperty("value").GetDouble(), values);
    }

    private static MetricsScope Scope(JsonElement json)
    {
        var field = json.EnumerateObject().Single();
        return new MetricsScope(MetricsScope.Read(field.Name), Text(field.Value));
    }

    /// <summary>Every field that is a number or null is a metric, but for the tick.</summary>
    private static Dictionary<string, double?> Values(JsonElement json)
    {
        var values = new Dictionary<string, double?>();
        foreach (var field in json.EnumerateObject())
        {
            if (field.Value.ValueKind is JsonValueKind.Number && field.Name != "tick")
            {
                values[field.Name] = field.Value.GetDouble();
            }
            else if (field.Value.ValueKind is JsonValueKind.Null)
            {
                values[field.Name] = null;
            }
        }

        return values;
    }

    private static DateTimeOffset Timestamp(JsonElement json) => json.GetProperty("timestamp").GetDateTimeOffset();

    private static string Text(JsonElement json, string field) => Text(json.GetProperty(field));

    private static string Text(JsonElement json) => json.GetString() ?? throw new FormatException("A text is null.");
}
