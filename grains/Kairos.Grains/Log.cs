using Microsoft.Extensions.Logging;

namespace Kairos.Grains;

/// <summary>What the grains log. Event ids 2xxx.</summary>
internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Debug, "Shard {Shard} recovered: {Requests} requests in storage, {Entries} entries after its base, {Awaited} nodes awaited")]
    public static partial void ShardRecovered(this ILogger logger, long shard, long requests, int entries, int awaited);

    [LoggerMessage(2002, LogLevel.Warning, "Shard {Shard} is active elsewhere too and that one has written: this activation ends")]
    public static partial void ShardSuperseded(this ILogger logger, Exception exception, long shard);

    [LoggerMessage(2003, LogLevel.Warning, "{Grain} {Key} could not write its state and will try again: nodes keep their ticks until then")]
    public static partial void StorageFailed(this ILogger logger, Exception exception, string grain, object key);

    [LoggerMessage(2004, LogLevel.Error, "A report of node {Node} was refused: {Reason} The node keeps its counts")]
    public static partial void ReportRefused(this ILogger logger, string node, string reason);

    [LoggerMessage(2005, LogLevel.Warning, "The clock of node {Node} is {Seconds} s {Direction} this silo's: its ticks are corrected by that, its counts are kept")]
    public static partial void NodeClockOff(this ILogger logger, string node, long seconds, string direction);

    [LoggerMessage(2006, LogLevel.Information, "The clock of node {Node} is right again")]
    public static partial void NodeClockRight(this ILogger logger, string node);

    [LoggerMessage(2010, LogLevel.Information, "The roll-up of {Scopes} scopes continues at tick {Tick} with {Requests} requests, generation {Generation}")]
    public static partial void SeriesRecovered(this ILogger logger, int scopes, long tick, long requests, long generation);

    [LoggerMessage(2015, LogLevel.Warning, "The clock is {Seconds} s behind the last tick in storage; the series goes on from the clock")]
    public static partial void ClockBehind(this ILogger logger, long seconds);

    [LoggerMessage(2011, LogLevel.Warning, "Shard {Shard} does not answer the roll-up: its counts come when it does")]
    public static partial void ShardUnreachable(this ILogger logger, Exception exception, int shard);

    [LoggerMessage(2012, LogLevel.Warning, "The roll-up is active elsewhere too and that one has written: this activation ends")]
    public static partial void SeriesSuperseded(this ILogger logger, Exception exception);

    [LoggerMessage(2013, LogLevel.Warning, "A snapshot could not be put on the stream: nodes fetch it when they notice")]
    public static partial void PublishFailed(this ILogger logger, Exception exception);

    [LoggerMessage(2016, LogLevel.Warning, "History could not be read from storage; trying again, snapshots go on without")]
    public static partial void HistoryNotRestored(this ILogger logger, Exception exception);

    [LoggerMessage(2017, LogLevel.Error, "What storage has of history is not readable: {What} is left out")]
    public static partial void HistoryUnreadable(this ILogger logger, Exception? exception, string what);

    [LoggerMessage(2014, LogLevel.Error, "The roll-up of tick {Tick} failed and is tried again with the next one")]
    public static partial void RollupFailed(this ILogger logger, Exception exception, long tick);

    [LoggerMessage(2020, LogLevel.Debug, "The directory of sessions continues with {Sessions} sessions")]
    public static partial void SessionsRecovered(this ILogger logger, int sessions);

    [LoggerMessage(2021, LogLevel.Warning, "The directory of sessions could not write its pages and will try again: sessions are kept in memory until then")]
    public static partial void SessionsNotWritten(this ILogger logger, Exception exception);

    [LoggerMessage(2022, LogLevel.Warning, "The directory of sessions is active elsewhere too and that one has written: this activation ends")]
    public static partial void DirectorySuperseded(this ILogger logger, Exception exception);

    [LoggerMessage(2023, LogLevel.Debug, "Session {Session} could not be told to the directory; it is told again with its next report")]
    public static partial void SessionNotKept(this ILogger logger, Exception exception, string session);

    [LoggerMessage(2024, LogLevel.Debug, "The former connection of session {Session} could not be told; it learns with its next report that it has no session")]
    public static partial void ConnectionNotEnded(this ILogger logger, Exception exception, string session);
}
