using System.ComponentModel;

namespace Kairos.Gateway;

/// <summary><c>GET /kairos/api/snapshot</c>: the newest second of a scope, for those who ask rather than listen.</summary>
internal static class SnapshotEndpoint
{
    /// <summary>The first snapshot of a scope that this node did not follow yet comes by a call.</summary>
    private static readonly TimeSpan FirstSnapshotTimeout = TimeSpan.FromSeconds(2);

    public static Task<IResult> GetAsync(
        HttpContext context,
        SocketServices services,
        [Description("A metric's name; several times, or several names with commas; all that the scope has when absent")] string[]? metric,
        [Description(ApiQuery.ScopeDescription)] string? scope,
        [Description("What rates and percentiles cover, 1 to 60 seconds; 1 when absent")] string? interval_seconds) =>
        ApiProblem.GuardAsync(context, async () =>
        {
            var of = ApiQuery.Scope(scope);
            var chosen = ApiQuery.Metrics(metric ?? [], of.Kind);
            var interval = ApiQuery.Number(interval_seconds, nameof(interval_seconds), 1, 60, otherwise: 1);
            return await services.Directory.RefusalAsync(of) is { } refusal
                ? ApiProblem.NotFound(of, refusal)
                : await ReadAsync(context, services, of, chosen.Count == 0 ? MetricTable.Of(of.Kind) : chosen, interval);
        });

    private static async Task<IResult> ReadAsync(HttpContext context, SocketServices services, Scope scope, MetricSet metrics, int intervalSeconds)
    {
        if (services.Scopes.Acquire(scope) is not { } hub)
        {
            return ApiProblem.Unavailable(context, $"This node follows {services.Options.MaxScopes} scopes, as many as it may.");
        }

        try
        {
            await hub.First.WaitAsync(FirstSnapshotTimeout, services.TimeProvider, context.RequestAborted);
            var (snapshot, reading) = hub.Read(intervalSeconds)!.Value;
            return ApiCache.IsFresh(context, $"{snapshot.Generation}-{snapshot.Tick}-{intervalSeconds}-{metrics.Bits:x}", "no-cache")
                ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
                : TypedResults.Json(AnswerOf(scope, snapshot, reading, metrics), ApiJson.Default.SnapshotAnswer);
        }
        finally
        {
            services.Scopes.Release(hub);
        }
    }

    private static SnapshotAnswer AnswerOf(Scope scope, Snapshot snapshot, Reading reading, MetricSet metrics) => new(
        ScopeAnswer.Of(scope),
        ApiQuery.Utc(snapshot.Tick),
        reading.Seconds,
        metrics.Metrics.ToDictionary(metric => metric.Name, metric => ApiQuery.Value(metric, reading)));
}
