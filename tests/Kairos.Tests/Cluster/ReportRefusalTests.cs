using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.Cluster;

/// <summary>Reports that a shard cannot take, and nodes that it cannot know.</summary>
[Collection(SilosInThisProcess.Name)]
public sealed class ReportRefusalTests
{
    private readonly long _tick = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    [Fact]
    public async Task Report_BeyondALimit_IsRefusedWithASentenceAndDisturbsNothing()
    {
        await using var silo = await SiloBed.StartAsync();
        var shard = silo.Shard(0);
        var report = Make.Node("gw-1", Guid.NewGuid(), _tick, Make.Report(_tick, 5));
        Assert.Equal(ReportOutcome.Merged, (await shard.ReportAsync(report)).Outcome);

        var key = new SeriesReport(Make.Key, default, Make.Sketch());
        await AssertRefusedAsync(shard, report with { Shards = 16 }, "Kairos:Shards:Count of the node is 16; it must be 4, as on the silos.");
        await AssertRefusedAsync(shard, report with { Node = new string('x', 101) }, "The node's name has 101 characters; 1 to 100 are allowed.");
        await AssertRefusedAsync(
            shard, report with { Ticks = [.. Enumerable.Range(0, 201).Select(i => Make.Report(_tick - i, 1_000))] }, "The report has 201 ticks; at most 200 are allowed.");
        await AssertRefusedAsync(
            shard,
            report with { Ticks = [new TickReport(_tick, default, [.. Enumerable.Repeat(key, ReportLimits.SeriesMax + 1)])] },
            "The report has 120001 series; at most 120000 are allowed.");
        Assert.Equal(Make.Counters(5), (await shard.CollectAsync(default, _tick + 1)).Shown()[^1].Counters);
    }

    [Fact]
    public async Task Report_OfANodeWithAnotherNumberOfShards_IsKeptByTheNode()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var node = await NodeBed.StartAsync(silo, "gw-1", shards: SiloBed.Shards * 2);
        node.Record(7);
        await Eventually.GetAsync(() => Task.FromResult(node.ReportsRefused), refused => refused > 0);
        Assert.Equal(0, (await silo.SnapshotAsync(_ => true)).Counters.Requests);
    }

    [Fact]
    public async Task GetNodes_LiveAndGone_SaysWhich()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var node = await NodeBed.StartAsync(silo, "gw-1");
        node.Begin();
        var live = await Eventually.GetAsync(() => node.Shard.GetNodesAsync(), nodes => nodes is [{ InFlight: 1 }]);
        Assert.Equal(("gw-1", NodeState.Live, 0), (live[0].Node, live[0].State, live[0].ClockOffsetSeconds));
        Assert.InRange(live[0].ClosedTick, _tick - 1, _tick + 30);

        await node.StopAsync();
        Assert.Equal((NodeState.Gone, 0), (await node.Shard.GetNodesAsync()) is [var gone] ? (gone.State, gone.InFlight) : default);
    }

    private static async Task AssertRefusedAsync(IMetricsShardGrain shard, NodeReport report, string reason)
    {
        var ack = await shard.ReportAsync(report);
        Assert.Equal((ReportOutcome.Refused, 0, reason), (ack.Outcome, ack.DurableTick, ack.Reason));
    }
}
