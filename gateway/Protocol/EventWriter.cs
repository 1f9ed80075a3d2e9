using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kairos.Gateway;

/// <summary>Encodes the server's events as UTF-8 JSON, fields in the guide's order, <c>type</c> first. Thread-safe.</summary>
internal static class EventWriter
{
    // The guide's error sentence has backticks, which the default encoder would escape.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Shape: <c>type</c>, <c>timestamp</c>, then the metrics of the set, null for a percentile of no requests; of a session <c>tick</c> last.</summary>
    public static byte[] Snapshot(long tick, Reading reading, MetricSet metrics, bool ofSession = false) => Write("Snapshot", (tick, reading, metrics, ofSession), static (json, state) =>
    {
        json.WriteString("timestamp"u8, Timestamp(state.tick));
        foreach (var metric in state.metrics.Metrics)
        {
            json.WritePropertyName(metric.Name);
            WriteValue(json, metric, metric.Value(state.reading));
        }

        if (state.ofSession)
        {
            json.WriteNumber("tick"u8, state.tick);
        }
    });

    /// <summary>Shape: <c>type</c>, <c>session_id</c>, <c>resumed</c>, <c>recovered</c>, <c>subscription</c>; where not recovered <c>first_tick</c> and <c>reason</c>.</summary>
    /// <param name="session">Its id and whether it was resumed.</param>
    /// <param name="choice">What the Snapshots that follow are of.</param>
    /// <param name="gap">Where they do not continue those before: their first tick and why. Null where they do.</param>
    public static byte[] Session((string Id, bool Resumed) session, SnapshotChoice choice, (long FirstTick, string Reason)? gap) => Write("Session", (session, choice, gap), static (json, state) =>
    {
        json.WriteString("session_id"u8, state.session.Id);
        json.WriteBoolean("resumed"u8, state.session.Resumed);
        json.WriteBoolean("recovered"u8, state.gap is null);
        json.WriteStartObject("subscription"u8);
        json.WriteStartArray("metrics"u8);
        foreach (var metric in state.choice.Metrics.Metrics)
        {
            json.WriteStringValue(metric.Name);
        }

        json.WriteEndArray();
        json.WriteNumber("interval_seconds"u8, state.choice.IntervalSeconds);
        if (state.choice.Scope is { Kind: not ScopeKind.Cluster } scope)
        {
            json.WriteStartObject("scope"u8);
            json.WriteString(scope.KindName, scope.Name);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (state.gap is var (tick, reason))
        {
            json.WriteNumber("first_tick"u8, tick);
            json.WriteString("reason"u8, reason);
        }
    });

    /// <summary>Shape: <c>type</c>, <c>metric_name</c>, <c>data_points</c> of {timestamp, value}; values are decimals, as the guide has them.</summary>
    public static byte[] TimeSeries(Metric metric, IReadOnlyList<HistoryPoint> points) => Write("TimeSeries", (metric, points), static (json, state) =>
    {
        json.WriteString("metric_name"u8, state.metric.Name);
        json.WriteStartArray("data_points"u8);
        foreach (var point in state.points)
        {
            var value = state.metric.Value(Reading.Of(point));
            if (double.IsNaN(value))
            {
                continue;
            }

            json.WriteStartObject();
            json.WriteString("timestamp"u8, Timestamp(point.Tick));
            json.WritePropertyName("value"u8);
            WriteDecimal(json, value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>Shape: <c>type</c>, <c>timestamp</c>, <c>of</c>, <c>by</c>, <c>items</c> of {scope, value, further metrics}.</summary>
    public static byte[] TopN(TopRanking ranking, TopChoice choice) => Write("TopN", (ranking, choice), static (json, state) =>
    {
        var metric = MetricTable.Find(state.choice.Query.By)!.Value.Metrics.Single();
        Metric[] others = [.. new MetricSet(state.choice.Query.Metrics).Metrics];
        var kind = state.choice.Query.Of.Name();
        json.WriteString("timestamp"u8, Timestamp(state.ranking.Tick));
        json.WriteString("of"u8, state.choice.Of);
        json.WriteString("by"u8, metric.Name);
        json.WriteStartArray("items"u8);
        foreach (var row in state.ranking.Rows)
        {
            json.WriteStartObject();
            json.WriteStartObject("scope"u8);
            json.WriteString(kind, row.Name);
            json.WriteEndObject();
            json.WritePropertyName("value"u8);
            WriteValue(json, metric, row.Value);
            for (var i = 0; i < others.Length; i++)
            {
                json.WritePropertyName(others[i].Name);
                WriteValue(json, others[i], row.Values[i]);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>Shape: <c>type</c>, <c>message</c>.</summary>
    public static byte[] Error(string message) => Write("Error", message, static (json, text) => json.WriteString("message"u8, text));

    /// <summary>Shape: <c>type</c>, <c>timestamp</c>.</summary>
    public static byte[] Heartbeat(long unixSeconds) =>
        Write("Heartbeat", unixSeconds, static (json, at) => json.WriteString("timestamp"u8, Timestamp(at)));

    private static string Timestamp(long unixSeconds) =>
        DateTimeOffset.FromUnixTimeSeconds(unixSeconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static void WriteValue(Utf8JsonWriter json, Metric metric, double value)
    {
        if (double.IsNaN(value))
        {
            json.WriteNullValue();
        }
        else if (metric.IsWhole)
        {
            json.WriteNumberValue((long)value);
        }
        else
        {
            WriteDecimal(json, value);
        }
    }

    /// <summary>At most two decimals and at least one, so that a client sees the same type whatever the value.</summary>
    private static void WriteDecimal(Utf8JsonWriter json, double value)
    {
        Span<byte> text = stackalloc byte[64];
        Math.Round(value, 2).TryFormat(text, out var length, "0.0#", CultureInfo.InvariantCulture);
        json.WriteRawValue(text[..length], skipInputValidation: true);
    }

    private static byte[] Write<TState>(string type, TState state, Action<Utf8JsonWriter, TState> fields)
    {
        _buffer ??= new ArrayBufferWriter<byte>(1024);
        _writer ??= new Utf8JsonWriter(_buffer, Options);
        _buffer.ResetWrittenCount();
        _writer.Reset();
        _writer.WriteStartObject();
        _writer.WriteString("type"u8, type);
        fields(_writer, state);
        _writer.WriteEndObject();
        _writer.Flush();
        return _buffer.WrittenSpan.ToArray();
    }
}
