using System.ComponentModel;

namespace Kairos.Gateway;

/// <summary><c>GET /kairos/api/history</c>: a range of a scope's past.</summary>
internal static class HistoryEndpoint
{
    /// <summary>Of the operation, in the OpenAPI document.</summary>
    public const string Name = "History";

    /// <summary>Points of one metric in one answer.</summary>
    public const int PointsMax = 3_600;

    /// <summary>Clocks of clients may be so far ahead.</summary>
    private const int AheadMax = 5;

    /// <summary>What is older than this does not change any more.</summary>
    private const int SettledSeconds = 600;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    public static Task<IResult> GetAsync(
        HttpContext context,
        SocketServices services,
        IGrainFactory grains,
        [Description("A metric's name; several times, or several names with commas")] string[]? metric,
        [Description(ApiQuery.ScopeDescription)] string? scope,
        [Description("Points come after this instant, RFC 3339 or Unix seconds; an hour before `to` when absent")] string? from,
        [Description("The last instant, RFC 3339 or Unix seconds; now when absent")] string? to,
        [Description("Seconds of a point, rounded up to what history has; the smallest that gives at most 720 points when absent")] string? step) =>
        ApiProblem.GuardAsync(context, async () =>
        {
            var of = ApiQuery.Scope(scope);
            var metrics = ApiQuery.Metrics(metric ?? [], of.Kind);
            if (metrics.Count == 0)
            {
                throw new FormatException($"Parameter `metric` is missing; it must be one or more of {MetricTable.NamesOf(MetricTable.Of(of.Kind))}.");
            }

            if (services.Hub.Latest is not { } latest)
            {
                return ApiProblem.NoSnapshot(context);
            }

            var query = Range(of, metrics, latest.Tick, from, to, step);
            return await services.Directory.RefusalAsync(of) is { } refusal
                ? ApiProblem.NotFound(of, refusal)
                : await ReadAsync(context, services, grains, query, metrics, latest);
        });

    private static HistoryQuery Range(Scope scope, MetricSet metrics, long newest, string? fromText, string? toText, string? stepText)
    {
        var retention = HistoryTier.Of(scope.Kind)[^1].RetentionSeconds;
        var to = ApiQuery.Instant(toText, "to") ?? newest;
        var from = ApiQuery.Instant(fromText, "from") ?? to - HistoryChoice.DefaultSeconds;
        var step = ApiQuery.Number(stepText, "step", 1, retention, otherwise: 0);
        if (to > newest + AheadMax)
        {
            throw new FormatException($"Parameter `to` is '{FieldReader.Shortened(toText!)}', in the future; the newest second is {ApiQuery.Shown(newest)}.");
        }

        if (from >= to)
        {
            throw new FormatException($"Parameter `from` is {ApiQuery.Shown(from)}, and `to` is {ApiQuery.Shown(to)}; `from` must be earlier.");
        }

        if (from < newest - retention - AheadMax)
        {
            throw new FormatException($"Parameter `from` is {ApiQuery.Shown(from)}, beyond what is kept; the earliest is {ApiQuery.Shown(newest - retention)}.");
        }

        if (step > 0 && (to - from + step - 1) / step > PointsMax)
        {
            throw new FormatException(
                $"Parameter `step` is {step}, which gives more than {PointsMax} points; for this range it must be at least {(to - from + PointsMax - 1) / PointsMax}.");
        }

        return new HistoryQuery(scope, from, to, step, step > 0 ? PointsMax : HistoryChoice.PointsMax, metrics.HasPercentiles);
    }

    private static async Task<IResult> ReadAsync(
        HttpContext context, SocketServices services, IGrainFactory grains, HistoryQuery query, MetricSet metrics, Snapshot latest)
    {
        var isSettled = query.ToTick < latest.Tick - SettledSeconds;
        var tag = $"{query.Scope.Key}-{query.FromTick}-{query.ToTick}-{query.StepSeconds}-{metrics.Bits:x}-{(isSettled ? 0 : latest.Tick)}";
        if (ApiCache.IsFresh(context, tag, isSettled ? "private, max-age=3600" : "no-cache"))
        {
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        }

        var range = await grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope)
            .GetHistoryAsync(query).WaitAsync(CallTimeout, services.TimeProvider, context.RequestAborted);
        return TypedResults.Json(
            new HistoryAnswer(
                ScopeAnswer.Of(query.Scope),
                ApiQuery.Utc(query.FromTick),
                ApiQuery.Utc(query.ToTick),
                range.StepSeconds,
                [.. metrics.Metrics.Select(metric => SeriesOf(metric, range.Points))]),
            ApiJson.Default.HistoryAnswer);
    }

    private static SeriesAnswer SeriesOf(Metric metric, IReadOnlyList<HistoryPoint> points) => new(
        metric.Name,
        metric.Unit,
        [.. points.Select(point => (point.Tick, Value: ApiQuery.Value(metric, Reading.Of(point))))
            .Where(point => point.Value is not null).Select(point => new PointAnswer(ApiQuery.Utc(point.Tick), point.Value!.Value))]);
}
