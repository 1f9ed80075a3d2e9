using Microsoft.Extensions.Logging;

namespace Kairos.Silo;

/// <summary>What a silo, and a gateway node about its silos, logs. Event ids 1xxx.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Warning, "The roll-up does not answer ({Reason}): snapshots stand still until it does; trying again")]
    public static partial void RollupUnreachable(this ILogger logger, string reason);

    [LoggerMessage(1003, LogLevel.Warning, "The directory of sessions does not answer ({Reason}): no session can be taken up until it does; trying again")]
    public static partial void DirectoryUnreachable(this ILogger logger, string reason);

    [LoggerMessage(1002, LogLevel.Information, "Silo {Address} (gateway nodes connect to port {GatewayPort}) of cluster '{Cluster}', {Shards} shards, state in Redis at {Redis}")]
    public static partial void SiloStarts(this ILogger logger, string address, int gatewayPort, string cluster, int shards, string redis);

    [LoggerMessage(1010, LogLevel.Information, "Connected to the silos")]
    public static partial void ClusterReached(this ILogger logger);

    [LoggerMessage(1011, LogLevel.Warning, "No silo can be reached yet: {Reason}. Proxying goes on, counts are kept; trying again")]
    public static partial void ClusterUnreachable(this ILogger logger, string reason);

    [LoggerMessage(1012, LogLevel.Critical, "This node cannot become a client of the silos: it proxies, and its counts are kept, but it must be started anew to report them")]
    public static partial void ClientFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1020, LogLevel.Critical, "{Refusal}")]
    public static partial void AgreementLost(this ILogger logger, string refusal);

    [LoggerMessage(1021, LogLevel.Warning, "Redis does not answer ({Reason}): state is kept in memory and by the gateway nodes until it does")]
    public static partial void RedisUnreachable(this ILogger logger, string reason);
}
