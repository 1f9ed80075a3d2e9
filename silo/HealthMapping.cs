using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Kairos.Silo;

/// <summary><c>/health/live</c> and <c>/health/ready</c> of either host (DESIGN section 5): 200 or 503, and a word of JSON.</summary>
public static class HealthMapping
{
    /// <summary>The tag of the checks that decide about readiness.</summary>
    public const string ReadyTag = "ready";

    /// <summary>Maps both; live says no more than that the process answers.</summary>
    public static IReadOnlyList<IEndpointConventionBuilder> MapLiveAndReady(this IEndpointRouteBuilder endpoints) =>
    [
        endpoints.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = static _ => false, ResponseWriter = WriteAsync }),
        endpoints.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = static check => check.Tags.Contains(ReadyTag), ResponseWriter = WriteAsync }),
    ];

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        var status = report.Entries.Values.Select(entry => entry.Description).FirstOrDefault() ?? "live";
        return context.Response.WriteAsJsonAsync(new Dictionary<string, string> { ["status"] = status });
    }
}
