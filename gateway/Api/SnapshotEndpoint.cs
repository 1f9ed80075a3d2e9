using System.ComponentModel;

namespace Kairos.Gateway;

/// <summary><c>GET /kairos/api/snapshot</c>: the newest second of a scope, for those who ask rather than listen.</summary>
internal static class SnapshotEndpoint
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);

    public static Task<IResult> GetAsync(
        HttpContext context,
        SocketServices services,
        IGrainFactory grains,
        [Description("A metric's name; several times, or several names with commas; all that the scope has when absent")] string[]? metric,
        [Description(ApiQuery.ScopeDescription)] string? scope,
        [Description("What rates and percentiles cover, 1 to 60 seconds; 1 when absent")] string? interval_seconds) =>
        ApiProblem.GuardAsync(context, async () =>
        {
            var of = ApiQuery.Scope(scope);
            var chosen = ApiQuery.Metrics(metric ?? [], of.Kind);
            var interval = ApiQuery.Number(interval_seconds, nameof(interval_seconds), 1, SnapshotChoice.IntervalMax, otherwise: 1);
            if (services.Hub.Latest is null)
            {
                return ApiProblem.NoSnapshot(context);
            }

            return await services.Directory.RefusalAsync(of) is { } refusal
                ? ApiProblem.NotFound(of, refusal)
                : await AnswerAsync(context, services, grains, of, chosen.Count == 0 ? MetricTable.Of(of.Kind) : chosen, interval);
        });

    private static async Task<IResult> AnswerAsync(
        HttpContext context, SocketServices services, IGrainFactory grains, Scope scope, MetricSet metrics, int intervalSeconds)
    {
        var found = services.Scopes.Find(scope)?.Read(intervalSeconds) ?? await AskAsync(context, services, grains, scope, intervalSeconds);
        if (found is not { } read)
        {
            return ApiProblem.NoSnapshot(context);
        }

        var (snapshot, reading) = read;
        return ApiCache.IsFresh(context, $"{snapshot.Generation}-{snapshot.Tick}-{intervalSeconds}-{metrics.Bits:x}", "no-cache")
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Json(AnswerOf(scope, snapshot, reading, metrics), ApiJson.Default.SnapshotAnswer);
    }

    /// <summary>Of a scope that this node does not follow: asking once does not make it.</summary>
    private static async Task<(Snapshot Snapshot, Reading Reading)?> AskAsync(
        HttpContext context, SocketServices services, IGrainFactory grains, Scope scope, int intervalSeconds)
    {
        var snapshots = await grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope)
            .GetSnapshotsAsync(scope, 0, follows: false).WaitAsync(CallTimeout, services.TimeProvider, context.RequestAborted);
        return snapshots is [.., var latest]
            ? (latest, Reading.Of(latest, SnapshotHub.Before(latest, intervalSeconds, snapshots)))
            : null;
    }

    private static SnapshotAnswer AnswerOf(Scope scope, Snapshot snapshot, Reading reading, MetricSet metrics) => new(
        ScopeAnswer.Of(scope),
        ApiQuery.Utc(snapshot.Tick),
        reading.Seconds,
        metrics.Metrics.ToDictionary(metric => metric.Name, metric => ApiQuery.Value(metric, reading)));
}
