using System.Buffers;
using System.Text.Json;

namespace Kairos.Client;

/// <summary>Writes the messages of "Subscribing" and "Rankings" in docs/protocol.md.</summary>
internal static class MessageWriter
{
    public static byte[] Subscription(MetricsSubscription subscription) => Write(json =>
    {
        WriteNames(json, subscription.Metrics);
        json.WriteNumber("interval_seconds", subscription.IntervalSeconds);
        if (subscription.Scope is { } scope)
        {
            json.WriteStartObject("scope");
            json.WriteString(MetricsScope.Word(scope.Kind), scope.Name);
            json.WriteEndObject();
        }

        if (subscription.IncludeHistory)
        {
            json.WriteBoolean("include_history", true);
        }

        if (subscription.HistorySeconds is { } seconds)
        {
            json.WriteNumber("history_seconds", seconds);
        }

        if (subscription.HistoryStepSeconds is { } step)
        {
            json.WriteNumber("history_step_seconds", step);
        }
    });

    public static byte[] Ranking(MetricsRanking ranking) => Write(json =>
    {
        json.WriteStartObject("top");
        json.WriteString("of", MetricsScope.Plural(ranking.Of));
        json.WriteString("by", ranking.By);
        json.WriteNumber("n", ranking.N);
        WriteNames(json, ranking.Metrics);
        json.WriteEndObject();
        json.WriteNumber("interval_seconds", ranking.IntervalSeconds);
    });

    public static byte[] EndOfRanking(MetricsScopeKind of) => Write(json =>
    {
        json.WriteStartObject("top");
        json.WriteString("of", MetricsScope.Plural(of));
        json.WriteNumber("n", 0);
        json.WriteEndObject();
    });

    private static void WriteNames(Utf8JsonWriter json, IReadOnlyList<string> names)
    {
        json.WriteStartArray("metrics");
        foreach (var name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }

    private static byte[] Write(Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
