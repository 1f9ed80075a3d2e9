using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;

namespace Kairos.Gateway;

/// <summary><c>/kairos/api/…</c>: what the stream has, for those who ask rather than listen; <c>openapi.json</c> describes it.</summary>
internal static class ApiMapping
{
    private const string Prefix = "/kairos/api";
    private const string MetricsMaxAge = "public, max-age=300";

    private static readonly MetricsAnswer Metrics = new([.. MetricTable.All.Select(metric => new MetricAnswer(
        metric.Name,
        metric.Kind.ToString().ToLowerInvariant(),
        metric.Unit,
        [.. Enum.GetValues<ScopeKind>().Where(metric.IsOf).Select(kind => kind.Name())],
        (MetricTable.Find(metric.Name)!.Value & MetricTable.Guide).Count > 0,
        metric.Meaning))]);

    // Another table has another one.
    private static readonly string MetricsTag =
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(Metrics, ApiJson.Default.MetricsAnswer)).AsSpan(0, 8));

    public static void MapApi(this WebApplication app)
    {
        Describe(app.MapGet($"{Prefix}/snapshot", SnapshotEndpoint.GetAsync), "Snapshot", "The newest second of a scope, with rates and percentiles of the seconds before it")
            .Produces<SnapshotAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(503).Produces(304);
        Describe(app.MapGet($"{Prefix}/history", HistoryEndpoint.GetAsync), HistoryEndpoint.Name, "A range of a scope's past; seconds in which no gateway ran have no point")
            .Produces<HistoryAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(503).Produces(304);
        Describe(app.MapGet($"{Prefix}/metrics", GetMetrics), "Metrics", "Every metric by name: kind, unit, the scopes that have it, and what it means")
            .Produces<MetricsAnswer>().Produces(304);
        Describe(app.MapGet($"{Prefix}/scopes", GetScopesAsync), "Scopes", "Every route, destination and node that there is or was lately")
            .Produces<ScopesAnswer>().ProducesProblem(503);
        app.MapNodes();
        app.MapSessions();
        Describe(app.MapGet($"{Prefix}/health", HealthEndpoint.GetAsync), "Health", "The cluster's health in one word, with the reasons").Produces<HealthAnswer>();
        app.MapOpenApi($"{Prefix}/{{documentName}}.json").AsOwn();
    }

    public static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint, string name, string summary)
    {
        endpoint.AsOwn();
        return endpoint.WithName(name).WithSummary(summary).WithTags("metrics");
    }

    private static IResult GetMetrics(HttpContext context) => ApiCache.IsFresh(context, MetricsTag, MetricsMaxAge)
        ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
        : TypedResults.Json(Metrics, ApiJson.Default.MetricsAnswer);

    private static Task<IResult> GetScopesAsync(HttpContext context, [FromServices] SocketServices services) => ApiProblem.GuardAsync(context, async () =>
    {
        if (services.Hub.Latest is null)
        {
            return ApiProblem.NoSnapshot(context);
        }

        context.Response.Headers.CacheControl = "no-store";
        var all = await services.Directory.AllAsync();
        return TypedResults.Json(
            new ScopesAnswer(Named(all, ScopeKind.Route), Named(all, ScopeKind.Destination), Named(all, ScopeKind.Node)), ApiJson.Default.ScopesAnswer);
    });

    private static List<string> Named(IReadOnlyList<Scope> scopes, ScopeKind kind) => [.. scopes.Where(scope => scope.Kind == kind).Select(scope => scope.Name)];
}
