using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.Cluster;

/// <summary>A shard's activation ends and another takes over.</summary>
[Collection(SilosInThisProcess.Name)]
public sealed class ShardRecoveryTests
{
    private readonly Guid _node = Guid.NewGuid();
    private readonly long _tick = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 100;

    [Fact]
    public async Task Report_RepeatedToANewActivation_DoesNotDouble()
    {
        await using var silo = await SiloBed.StartAsync();
        var shard = silo.Shard(1);
        var report = Make.Node("gw-1", _node, _tick, Make.Report(_tick, 5), Make.Report(_tick + 1, 7));
        await shard.ReportAsync(report);
        await CollectAsync(shard);
        await SiloBed.DeactivateAsync(shard);
        Assert.Equal(7, await CollectAsync(shard));

        var ack = await shard.ReportAsync(report);
        Assert.Equal((ReportOutcome.Merged, _tick), (ack.Outcome, ack.DurableTick));
        Assert.Equal(7, await CollectAsync(shard));
        await shard.ReportAsync(Make.Node("gw-1", _node, _tick + 1, Make.Report(_tick + 1, 9), Make.Report(_tick + 2, 10)));
        Assert.Equal(10, await CollectAsync(shard));
    }

    [Fact]
    public async Task Collect_ManyEntriesBasesAndActivations_IsExact()
    {
        await using var silo = await SiloBed.StartAsync();
        var shard = silo.Shard(2);
        for (var i = 1; i <= 150; i++)
        {
            var tick = _tick - 150 + i;
            await shard.ReportAsync(Make.Node("gw-1", _node, tick, Make.Report(tick, 3 * i), Make.Report(tick + 1, (3 * i) + 1)));
            Assert.Equal((3 * i) + 1, await CollectAsync(shard));
            if (i % 35 == 0)
                await SiloBed.DeactivateAsync(shard);
        }

        // The silo's own roll-up may have asked for the second now, which then has the node's gauge.
        var ticks = (await shard.CollectAsync(default, _tick + 1)).Shown();
        Assert.Equal(Enumerable.Range(2, 150).Select(i => (_tick - 150 + i, (i <= 150 ? 3L * i : 451))), ticks.Skip(1).Select(t => (t.Tick, t.Counters.Successes)));
    }

    [Fact]
    public async Task Collect_AfterAStart_IsReadyOnceItsLiveNodesHaveReported()
    {
        await using var silo = await SiloBed.StartAsync();
        var shard = silo.Shard(1);
        await shard.ReportAsync(Make.Node("gw-1", _node, _tick, Make.Report(_tick, 5)));
        Assert.True((await shard.CollectAsync(default, _tick)).Ready);
        await SiloBed.DeactivateAsync(shard);
        Assert.False((await shard.CollectAsync(default, _tick)).Ready);
        await shard.ReportAsync(Make.Node("gw-1", _node, _tick, Make.Report(_tick, 5)));
        Assert.True((await shard.CollectAsync(default, _tick)).Ready);
    }

    [Fact]
    public async Task Report_Leaving_IsAnsweredWhenStorageHasIt()
    {
        await using var silo = await SiloBed.StartAsync();
        var ack = await silo.Shard(1).ReportAsync(Make.Node("gw-1", _node, _tick, Make.Report(_tick, 5)) with { Leaving = true });
        Assert.Equal(_tick, ack.DurableTick);
    }

    private static async Task<long> CollectAsync(IMetricsShardGrain shard) =>
        (await shard.CollectAsync(default, long.MaxValue)).Shown()[^1].Counters.Successes;
}
