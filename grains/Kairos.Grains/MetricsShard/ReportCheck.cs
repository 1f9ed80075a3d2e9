namespace Kairos.Grains;

/// <summary>What a shard does not take: it would lose counts, or cost too much.</summary>
internal static class ReportCheck
{
    /// <summary>One sentence that names what is wrong and what is allowed; null for a report that can be taken.</summary>
    public static string? Refusal(NodeReport report, ShardsOptions shards)
    {
        var series = report.Ticks.Sum(tick => (long)tick.Series.Count);
        var inFlight = report.Ticks.Sum(tick => (long)tick.InFlight.Count);
        return report switch
        {
            { Shards: var count } when count != 0 && count != shards.Count =>
                $"Kairos:Shards:Count of the node is {count}; it must be {shards.Count}, as on the silos.",
            { Node.Length: 0 or > ReportLimits.NodeLengthMax } =>
                $"The node's name has {report.Node.Length} characters; 1 to {ReportLimits.NodeLengthMax} are allowed.",
            { Ticks.Count: > ReportLimits.TicksMax } => $"The report has {report.Ticks.Count} ticks; at most {ReportLimits.TicksMax} are allowed.",
            _ when series > ReportLimits.SeriesMax => $"The report has {series} series; at most {ReportLimits.SeriesMax} are allowed.",
            _ when inFlight > ReportLimits.SeriesMax => $"The report tells of requests in progress of {inFlight} routes and destinations; at most {ReportLimits.SeriesMax} are allowed.",
            _ => null,
        };
    }
}
