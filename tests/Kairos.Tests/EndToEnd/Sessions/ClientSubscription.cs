using System.Text.Json;

namespace Kairos.Tests.EndToEnd;

/// <summary>What a <see cref="SessionClient"/> wants to be sent.</summary>
/// <param name="Metrics">As they are asked for: names, none for the guide's six, or "*".</param>
/// <param name="IntervalSeconds">Between two Snapshots.</param>
/// <param name="Kind">Of the scope: route or node; null for the cluster.</param>
/// <param name="Name">Of the scope.</param>
internal sealed record ClientSubscription(string[] Metrics, int IntervalSeconds, string? Kind = null, string? Name = null)
{
    /// <summary>Names that mean several metrics; each client wants requests_total besides, which both have.</summary>
    private const string All = "*";

    /// <summary>As the HTTP API has it.</summary>
    public string Scope => Kind is null ? "cluster" : $"{Kind}/{Name}";

    public string Message => Kind is null
        ? JsonSerializer.Serialize(new { metrics = Metrics, interval_seconds = IntervalSeconds })
        : JsonSerializer.Serialize(new { metrics = Metrics, interval_seconds = IntervalSeconds, scope = new Dictionary<string, string> { [Kind] = Name! } });

    /// <summary>Whether a Session event shows this one.</summary>
    public bool IsShownBy(JsonElement session)
    {
        var shown = session.GetProperty("subscription");
        var scope = shown.TryGetProperty("scope", out var one) ? one.EnumerateObject().Single() : default(JsonProperty?);
        return shown.GetProperty("interval_seconds").GetInt32() == IntervalSeconds
            && (scope?.Name, scope?.Value.GetString()) == (Kind, Name)
            && AreMine([.. shown.GetProperty("metrics").EnumerateArray().Select(metric => metric.GetString()!)]);
    }

    private bool AreMine(string[] shown) => Metrics switch
    {
        [] => shown.SequenceEqual(MetricsEvents.GuideMetrics),
        [All] => shown.Length > MetricsEvents.GuideMetrics.Length,
        _ => shown.Order().SequenceEqual(Metrics.Order()),
    };

    public override string ToString() => $"{Scope}, {string.Join(' ', Metrics)}, every {IntervalSeconds} s";
}
