using Microsoft.Extensions.Logging;

namespace Kairos.Silo;

/// <summary>What a silo logs. Event ids 1xxx.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Warning, "The roll-up could not be started: snapshots stand still until the next try, in a second")]
    public static partial void RollupUnreachable(this ILogger logger, Exception exception);
}
