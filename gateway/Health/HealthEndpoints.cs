using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Kairos.Gateway;

/// <summary>Ready once the first snapshot exists and until the node drains.</summary>
internal sealed class Readiness(SnapshotHub hub, SocketRegistry registry) : IHealthCheck
{
    public const string Tag = "ready";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            registry.IsDraining ? HealthCheckResult.Unhealthy("draining")
            : hub.Latest is null ? HealthCheckResult.Unhealthy("starting: no snapshot yet")
            : HealthCheckResult.Healthy("ready"));
}

/// <summary><c>/health/live</c> and <c>/health/ready</c> (DESIGN section 5): 200 or 503, and a word of JSON.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealthChecks("/health/live", new() { Predicate = static _ => false, ResponseWriter = WriteAsync }).AsOwn();
        endpoints.MapHealthChecks("/health/ready", new() { Predicate = static check => check.Tags.Contains(Readiness.Tag), ResponseWriter = WriteAsync }).AsOwn();
    }

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        var status = report.Entries.Values.Select(entry => entry.Description).FirstOrDefault() ?? "live";
        return context.Response.WriteAsJsonAsync(new Dictionary<string, string> { ["status"] = status });
    }
}
