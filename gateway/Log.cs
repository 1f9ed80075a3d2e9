namespace Kairos.Gateway;

/// <summary>What the gateway logs. Event ids 3xxx.</summary>
internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Information, "Node {Node}, {Cluster}")]
    public static partial void NodeStarts(this ILogger logger, string node, string cluster);

    [LoggerMessage(3002, LogLevel.Information, "Metrics stream: {Address}/ws/metrics")]
    public static partial void StreamsAt(this ILogger logger, string address);

    [LoggerMessage(3005, LogLevel.Information, "Dashboard: {Address}/kairos/")]
    public static partial void DashboardAt(this ILogger logger, string address);

    [LoggerMessage(3003, LogLevel.Information, "Demo: {Routes} routes to two sample destinations, with light traffic; try {Address}/demo/orders")]
    public static partial void DemoRuns(this ILogger logger, int routes, string address);

    [LoggerMessage(3004, LogLevel.Warning, "A demo request failed: {Reason}")]
    public static partial void DemoRequestFailed(this ILogger logger, string reason);

    [LoggerMessage(3010, LogLevel.Warning, "Reports do not reach the shard ({Reason}); proxying goes on, counts are kept and sent later")]
    public static partial void ReportingFailed(this ILogger logger, string reason);

    [LoggerMessage(3011, LogLevel.Information, "Reports reach the shard again")]
    public static partial void ReportingResumed(this ILogger logger);

    [LoggerMessage(3012, LogLevel.Warning, "The shard had closed this incarnation long ago; going on as a new one with what it had not counted")]
    public static partial void IncarnationClosed(this ILogger logger);

    [LoggerMessage(3013, LogLevel.Error, "Storage did not confirm the last report within {Seconds} s; counts since its last confirmation may be lost")]
    public static partial void LeftUnreported(this ILogger logger, double seconds);

    [LoggerMessage(3014, LogLevel.Warning, "Another gateway reports under the name {Node}, or did so until a moment ago: reports are withheld, counts are kept; if it still does in {Seconds} s this one stops")]
    public static partial void NameTaken(this ILogger logger, string node, double seconds);

    [LoggerMessage(3015, LogLevel.Error, "The silos refuse the reports of this node, its counts are kept: {Reason}")]
    public static partial void ReportRefused(this ILogger logger, string reason);

    [LoggerMessage(3020, LogLevel.Error, "The configuration file {Path} cannot be read: {Reason}. What was read before stays in force")]
    public static partial void ConfigurationUnreadable(this ILogger logger, string path, string reason);

    [LoggerMessage(3030, LogLevel.Warning, "No snapshot for {Seconds:0.0} s: subscribing to the stream anew")]
    public static partial void StreamSilent(this ILogger logger, double seconds);

    [LoggerMessage(3031, LogLevel.Warning, "The series cannot be reached ({Reason}): the stream stands still; trying again")]
    public static partial void StreamUnreachable(this ILogger logger, string reason);

    [LoggerMessage(3032, LogLevel.Debug, "The stream cannot be subscribed to, or a former subscription not be ended ({Reason}); trying again, snapshots are fetched meanwhile")]
    public static partial void SubscriptionFailed(this ILogger logger, string reason);

    [LoggerMessage(3040, LogLevel.Information, "Draining: {Sockets} sockets told to reconnect elsewhere, {InFlight} requests in progress")]
    public static partial void Draining(this ILogger logger, int sockets, int inFlight);

    [LoggerMessage(3041, LogLevel.Warning, "A session grain could not be told; it is told again with the next heartbeat")]
    public static partial void SessionUpdateFailed(this ILogger logger, Exception exception);

    [LoggerMessage(3046, LogLevel.Warning, "A session cannot be looked up ({Reason}): its client is told to try again")]
    public static partial void SessionUnknown(this ILogger logger, string reason);

    [LoggerMessage(3047, LogLevel.Warning, "What sessions missed cannot be read from the series ({Reason}); trying again")]
    public static partial void MissedUnreadable(this ILogger logger, string reason);

    [LoggerMessage(3048, LogLevel.Error, "A session could not be sent what it missed; its client is told to connect again")]
    public static partial void CatchUpFailed(this ILogger logger, Exception exception);

    [LoggerMessage(3044, LogLevel.Warning, "A subscription could not be answered: the silos do not answer")]
    public static partial void SubscriptionUnanswered(this ILogger logger, Exception exception);

    [LoggerMessage(3045, LogLevel.Debug, "A ranking could not be read: {Reason}")]
    public static partial void RankingFailed(this ILogger logger, string reason);

    [LoggerMessage(3050, LogLevel.Debug, "Not all nodes or silos can be listed: {Reason}")]
    public static partial void NodesUnknown(this ILogger logger, string reason);

    [LoggerMessage(3051, LogLevel.Debug, "The grain of session {Session} was not asked how far it is, the directory's account stands: {Reason}")]
    public static partial void SessionUnknown(this ILogger logger, string session, string reason);

    [LoggerMessage(3043, LogLevel.Warning, "History could not be read for a subscription")]
    public static partial void HistoryFailed(this ILogger logger, Exception exception);
}
