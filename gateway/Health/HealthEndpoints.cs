using Kairos.Silo;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Kairos.Gateway;

/// <summary>
/// Ready once the first snapshot is there and until the node drains. In a cluster also without one after a while: a metrics outage must
/// never take gateways out of the balancer.
/// </summary>
internal sealed class Readiness(SnapshotHub hub, NodeLife life, GatewaySettings settings) : IHealthCheck
{
    /// <summary>A node of a cluster waits so long for its first snapshot (DESIGN section 5).</summary>
    private static readonly TimeSpan FirstSnapshotWait = TimeSpan.FromSeconds(10);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            life.IsDraining ? HealthCheckResult.Unhealthy("draining")
            : hub.Latest is not null ? HealthCheckResult.Healthy("ready")
            : settings.IsStandalone || life.Age < FirstSnapshotWait ? HealthCheckResult.Unhealthy("starting: no snapshot yet")
            : HealthCheckResult.Degraded("degraded: proxying, but no snapshot of the cluster yet"));
}

/// <summary>The gateway's health endpoints, which are not counted as traffic.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        foreach (var endpoint in endpoints.MapLiveAndReady())
        {
            endpoint.AsOwn();
        }
    }
}
