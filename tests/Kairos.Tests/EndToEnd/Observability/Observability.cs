using System.Text.Json;

namespace Kairos.Tests.EndToEnd;

/// <summary>What deploy/grafana shows and deploy/prometheus watches.</summary>
internal static class Observability
{
    /// <summary>Every panel of the dashboard that asks Prometheus.</summary>
    public static IReadOnlyList<JsonElement> Panels() =>
        [.. Dashboard().GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _))];

    public static JsonElement Dashboard() =>
        JsonElement.Parse(File.ReadAllBytes(Path.Combine(Build.Root, "deploy", "grafana", "dashboards", "kairos.json")));

    /// <summary>The expressions of a panel, with all instances chosen and rates over so many seconds.</summary>
    public static IEnumerable<string> ExpressionsOf(JsonElement panel, int rateSeconds) =>
        panel.GetProperty("targets").EnumerateArray().Select(target => target.GetProperty("expr").GetString()!
            .Replace("$__rate_interval", $"{rateSeconds}s", StringComparison.Ordinal)
            .Replace("$instance", ".*", StringComparison.Ordinal));
}
