using System.Globalization;
using System.Text.Json;
using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Reads the events of the protocol.</summary>
internal static class MetricsEvents
{
    public static readonly string[] GuideMetrics =
    [
        "requests_total", "requests_success", "requests_error", "active_connections", "avg_response_time", "success_rate",
    ];

    public static string Type(this JsonElement e) => e.GetProperty("type").GetString()!;

    public static bool IsSnapshot(this JsonElement e) => e.Type() == "Snapshot";

    public static bool IsError(this JsonElement e) => e.Type() == "Error";

    public static string Message(this JsonElement e) => e.GetProperty("message").GetString()!;

    public static string[] FieldNames(this JsonElement e) => [.. e.EnumerateObject().Select(field => field.Name)];

    /// <summary>Whether this is a Snapshot of these metrics and no others.</summary>
    public static bool IsSnapshotOf(this JsonElement e, params string[] metrics) =>
        e.IsSnapshot() && e.FieldNames().Skip(2).Order().SequenceEqual(metrics.Order());

    public static long Count(this JsonElement e, string name) => e.GetProperty(name).GetInt64();

    public static long Total(this JsonElement e) => e.Count("requests_total");

    /// <summary>The timestamp in Unix seconds.</summary>
    public static long Tick(this JsonElement e) =>
        DateTimeOffset.Parse(e.GetProperty("timestamp").GetString()!, CultureInfo.InvariantCulture).ToUnixTimeSeconds();

    /// <summary>
    /// Waits until a Snapshot shows at least this total, then two more ticks, in which anything counted twice or late
    /// would show; the last Snapshot.
    /// </summary>
    public static async Task<JsonElement> ReceiveSettledAsync(this MetricsClient client, long total)
    {
        var reached = await client.ReceiveAsync(e => e.IsSnapshot() && e.Total() >= total, $"requests_total of {total}");
        return await client.ReceiveTickAsync(reached.Tick() + 2);
    }

    /// <summary>The first Snapshot of this tick or a later one.</summary>
    public static Task<JsonElement> ReceiveTickAsync(this MetricsClient client, long tick) =>
        client.ReceiveAsync(e => e.IsSnapshot() && e.Tick() >= tick, $"a Snapshot of tick {tick}");

    /// <summary>The next event that meets the condition; it and all before it are valid by the schemas.</summary>
    public static Task<JsonElement> ReceiveValidAsync(this MetricsClient client, Func<JsonElement, bool> condition) => client.ReceiveAsync(
        e =>
        {
            var faults = WireSchemas.Default.FaultsOf(e);
            Assert.True(faults.Length == 0, $"{faults} in {e}");
            return condition(e);
        },
        "valid events");

    public static void AssertCounts(this JsonElement snapshot, Tally expected)
    {
        var shown = new Tally(
            snapshot.Total(), snapshot.Count("requests_success"), snapshot.Count("requests_error"));
        Assert.Equal(expected, shown);
    }

    public static void AssertTotal(this JsonElement snapshot, long expected) => Assert.Equal(expected, snapshot.Total());
}
