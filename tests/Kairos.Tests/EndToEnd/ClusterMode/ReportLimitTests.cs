using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Reports that are larger than a shard takes, sent to silos by the wire.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class ReportLimitTests
{
    private const string Sender = "gw-large";

    [Fact]
    public async Task Report_larger_than_a_limit_is_refused_counted_and_logged_and_disturbs_nothing()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 1, gateways: 1);
        rig.ResumeTraffic();
        await using (var access = await ClusterAccess.ConnectAsync(rig))
        {
            await AssertRefusedAsync(access, [Tick(series: ReportLimits.SeriesMax + 1)], "The report has 120001 series; at most 120000 are allowed.");
            await AssertRefusedAsync(access, Enumerable.Repeat(Tick(series: 1), ReportLimits.TicksMax + 1), "The report has 201 ticks; at most 200 are allowed.");
        }

        await new Settlement(rig).SettleAsync();
        Assert.Contains($"A report of node {Sender} was refused: The report has 120001 series", rig.Silos[0].Output, StringComparison.Ordinal);
        var metrics = await rig.Silos[0].Http.GetStringAsync("metrics", TestContext.Current.CancellationToken);
        Assert.Matches("(?m)^kairos_shard_reports_total\\{[^}]*outcome=\"refused\"[^}]*\\} 2( |$)", metrics);
        Assert.Empty(rig.Nodes[0].Load.TakeFailures());
        Assert.Empty(rig.Nodes[0].Watcher.TakeViolations());
    }

    private static TickReport Tick(int series) => new(
        TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        default,
        [.. Enumerable.Range(0, series).Select(i => new SeriesReport(Make.Key with { Destination = $"d{i}" }, Make.Counters(1), Make.Sketch((700, 1))))]);

    private static async Task AssertRefusedAsync(ClusterAccess access, IEnumerable<TickReport> ticks, string reason)
    {
        TickReport[] all = [.. ticks];
        var ack = await access.ReportAsync(Make.Node(Sender, Guid.NewGuid(), all[0].Tick, all) with { Leaving = true });
        Assert.Equal((ReportOutcome.Refused, reason), (ack.Outcome, ack.Reason));
    }
}
