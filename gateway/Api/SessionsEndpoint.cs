using System.ComponentModel;
using System.Text.Json.Serialization;
using Kairos.Silo;

namespace Kairos.Gateway;

/// <summary><c>/kairos/api/sessions</c>: which clients are connected where, or may come back, and what they are subscribed to; closes them too.</summary>
internal static class SessionsEndpoint
{
    /// <summary>Sessions in one answer.</summary>
    public const int LimitMax = 1_000;

    /// <summary>When no limit is given.</summary>
    public const int LimitDefault = 100;

    private const string IdDescription = "The session's id";

    /// <summary>Session grains asked at a time for one answer.</summary>
    private const int CallsAtATime = 32;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    /// <summary>All session grains of an answer together; what the directory knows stands for those that have not answered by then.</summary>
    private static readonly TimeSpan DetailsTimeout = TimeSpan.FromSeconds(2);

    public static void MapSessions(this WebApplication app)
    {
        const string Path = "/kairos/api/sessions";
        ApiMapping.Describe(app.MapGet(Path, ListAsync), "Sessions", "Clients' sessions by id: who is connected where or may come back, and what they are subscribed to")
            .Produces<SessionsAnswer>().ProducesProblem(400).ProducesProblem(503);
        ApiMapping.Describe(app.MapGet(Path + "/{id}", GetAsync), "Session", "One session")
            .Produces<SessionAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);
        ApiMapping.Describe(app.MapDelete(Path + "/{id}", DeleteAsync), "CloseSession", "Closes a session: its connection ends with 4002, and it is forgotten")
            .Produces(204).ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);
    }

    /// <summary>The sessions after one, from the directory; how far they are from their grains.</summary>
    public static async Task<SessionsAnswer> ReadAsync(
        IGrainFactory grains, string after, int max, TimeProvider timeProvider, ILogger logger, CancellationToken cancellationToken)
    {
        // One more tells whether there are more.
        var page = await grains.GetGrain<ISessionDirectoryGrain>(ISessionDirectoryGrain.Key)
            .ListAsync(after, max + 1).WaitAsync(CallTimeout, timeProvider, cancellationToken);
        var sessions = page.Sessions.Take(max).ToArray();
        using var timeout = new CancellationTokenSource(DetailsTimeout, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);

        // Of those without a connection the directory knows all.
        await Parallel.ForEachAsync(
            Enumerable.Range(0, sessions.Length).Where(i => sessions[i].IsConnected),
            new ParallelOptions { MaxDegreeOfParallelism = CallsAtATime, CancellationToken = cancellationToken },
            async (i, _) => sessions[i] = await LatestAsync(grains, sessions[i], logger, both.Token));
        return new SessionsAnswer(
            DateTimeOffset.FromUnixTimeMilliseconds(timeProvider.GetUtcNow().ToUnixTimeMilliseconds()).UtcDateTime,
            page.Total,
            page.Sessions.Count > max ? sessions[^1].Id : null,
            [.. sessions.Select(SessionAnswer.Of)]);
    }

    private static Task<IResult> ListAsync(
        HttpContext context,
        SocketServices services,
        IGrainFactory grains,
        [Description("Sessions in the answer, 1 to 1,000; 100 when absent")] string? limit,
        [Description("The session after which to go on: `next` of the answer before; from the first on when absent")] string? after) =>
        AnswerAsync(context, services, async () =>
        {
            var max = ApiQuery.Number(limit, nameof(limit), 1, LimitMax, LimitDefault);
            var from = after is null ? "" : ApiQuery.SessionId(after, nameof(after));
            var answer = await ReadAsync(grains, from, max, services.TimeProvider, services.Logger, context.RequestAborted);
            return TypedResults.Json(answer, ApiJson.Default.SessionsAnswer);
        });

    private static Task<IResult> GetAsync(
        HttpContext context, SocketServices services, IGrainFactory grains, [Description(IdDescription)] string id) =>
        AnswerAsync(context, services, async () =>
        {
            var call = grains.GetGrain<IClientSessionGrain>(ApiQuery.SessionId(id, nameof(id))).GetAsync();
            return await call.WaitAsync(CallTimeout, services.TimeProvider, context.RequestAborted) is { } session
                ? TypedResults.Json(SessionAnswer.Of(session), ApiJson.Default.SessionAnswer)
                : ApiProblem.NoSession(id);
        });

    private static Task<IResult> DeleteAsync(
        HttpContext context, SocketServices services, IGrainFactory grains, [Description(IdDescription)] string id) =>
        AnswerAsync(context, services, async () =>
        {
            var call = grains.GetGrain<IClientSessionGrain>(ApiQuery.SessionId(id, nameof(id))).DeleteAsync();
            return await call.WaitAsync(CallTimeout, services.TimeProvider, context.RequestAborted)
                ? TypedResults.NoContent()
                : ApiProblem.NoSession(id);
        });

    private static Task<IResult> AnswerAsync(HttpContext context, SocketServices services, Func<Task<IResult>> answer) =>
        ApiProblem.GuardAsync(context, async () =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return services.Hub.Latest is null ? ApiProblem.NoSnapshot(context) : await answer();
        });

    private static async Task<SessionState> LatestAsync(IGrainFactory grains, SessionState listed, ILogger logger, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return listed;
        }

        try
        {
            return await grains.GetGrain<IClientSessionGrain>(listed.Id).GetAsync().WaitAsync(cancellationToken) ?? listed;
        }
        catch (Exception e)
        {
            logger.SessionUnknown(listed.Id, e.Reason());
            return listed;
        }
    }
}

/// <summary>The answer of <c>/kairos/api/sessions</c>.</summary>
/// <param name="AsOf">When it was asked, in milliseconds.</param>
/// <param name="Total">Sessions that there are in all.</param>
/// <param name="Next">What to give as <c>after</c> for more; null when there are none.</param>
/// <param name="Sessions">By id.</param>
internal sealed record SessionsAnswer(DateTime AsOf, int Total, string? Next, IReadOnlyList<SessionAnswer> Sessions);

/// <summary>A session.</summary>
/// <param name="Id">What its client comes back with.</param>
/// <param name="Connected">It has a connection.</param>
/// <param name="Node">The node of that, or of the last one.</param>
/// <param name="Since">Connected, or without a connection, since then.</param>
/// <param name="Subscription">What it is sent.</param>
/// <param name="LastTick">Unix seconds of the last Snapshot sent; null before the first.</param>
/// <param name="FramesSent">Frames handed to the transport, by its connection or the last one.</param>
/// <param name="FramesSkipped">Rankings and notices replaced by a newer one before they were.</param>
internal sealed record SessionAnswer(
    string Id,
    bool Connected,
    string Node,
    DateTime Since,
    SubscriptionAnswer Subscription,
    long? LastTick,
    long FramesSent,
    long FramesSkipped)
{
    public static SessionAnswer Of(SessionState session)
    {
        var (subscription, lastTick, sent, skipped) = session.Progress;
        return new SessionAnswer(
            session.Id,
            session.IsConnected,
            session.Node,
            ApiQuery.Utc(session.Since),
            new SubscriptionAnswer(
                subscription.Metrics, subscription.IntervalSeconds, subscription.Scope == Scope.Cluster ? null : ScopeAnswer.Of(subscription.Scope)),
            lastTick > 0 ? lastTick : null,
            sent,
            skipped);
    }
}

/// <summary>What a session is sent, as a message of the stream that subscribes to it.</summary>
/// <param name="Metrics">Names; empty for the guide's six.</param>
/// <param name="IntervalSeconds">Between two Snapshots.</param>
/// <param name="Scope">Absent for the cluster.</param>
internal sealed record SubscriptionAnswer(
    IReadOnlyList<string> Metrics,
    int IntervalSeconds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ScopeAnswer? Scope);
