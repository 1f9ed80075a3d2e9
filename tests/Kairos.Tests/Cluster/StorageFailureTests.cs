using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.Cluster;

/// <summary>Storage is away for a while: snapshots go on, nothing is acknowledged, and later nothing is missing.</summary>
[Collection(SilosInThisProcess.Name)]
public sealed class StorageFailureTests
{
    private readonly Guid _node = Guid.NewGuid();
    private readonly long _tick = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 100;

    [Fact]
    public async Task Collect_WritesFail_ShowsWhatIsMergedAndAcknowledgesNothing()
    {
        await using var silo = await SiloBed.StartAsync();
        var shard = silo.Shard(0);
        await shard.ReportAsync(Report(_tick, 5));
        await shard.CollectAsync(default, _tick);
        silo.Storage.WritesFail = true;
        await shard.ReportAsync(Report(_tick + 1, 8));
        Assert.Equal(8, (await shard.CollectAsync(default, _tick + 1)).Shown()[^1].Counters.Successes);
        Assert.Equal(_tick, (await shard.ReportAsync(Report(_tick + 2, 9))).DurableTick);

        silo.Storage.WritesFail = false;
        await shard.CollectAsync(default, _tick + 2);
        Assert.Equal(_tick + 2, (await shard.ReportAsync(Report(_tick + 3, 9))).DurableTick);
        await SiloBed.DeactivateAsync(shard);
        Assert.Equal(9, (await shard.CollectAsync(default, _tick + 3)).Shown()[^1].Counters.Successes);
    }

    [Fact]
    public async Task Collect_AWriteHangs_StillAnswers()
    {
        await using var silo = await SiloBed.StartAsync();
        var shard = silo.Shard(0);
        await shard.ReportAsync(Report(_tick, 5));
        await shard.CollectAsync(default, _tick);
        silo.Storage.Hang();
        try
        {
            await shard.ReportAsync(Report(_tick + 1, 8));
            var answer = await shard.CollectAsync(default, _tick + 1).WaitAsync(Eventually.Limit, TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Equal(8, answer.Shown()[^1].Counters.Successes);
            Assert.Equal(_tick, (await shard.ReportAsync(Report(_tick + 2, 9))).DurableTick);
        }
        finally
        {
            silo.Storage.LetGo();
        }

        await shard.CollectAsync(default, _tick + 2);
        Assert.Equal(_tick + 2, (await shard.ReportAsync(Report(_tick + 3, 9))).DurableTick);
    }

    [Fact]
    public async Task Snapshots_StorageAwayAndAShardLost_NeverFallAndEndExact()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var node = await NodeBed.StartAsync(silo, "gw-1");
        using var stop = new CancellationTokenSource();
        var watching = WatchAsync(silo, stop.Token);
        node.Record(10);
        await silo.SnapshotAsync(s => s.Counters.Requests == 10);

        silo.Storage.WritesFail = true;
        node.Record(20);
        var shown = await silo.SnapshotAsync(s => s.Counters.Requests == 30);
        node.Record(3);
        await silo.SnapshotAsync(s => s.Counters.Requests == 33 && s.Tick > shown.Tick);

        // The shard's activation ends without having been able to write: the node tells its successor everything again.
        await SiloBed.DeactivateAsync(node.Shard);
        node.Record(7);
        await silo.SnapshotAsync(s => s.Counters.Requests == 40);
        silo.Storage.WritesFail = false;
        node.Record(1);
        await silo.SnapshotAsync(s => s.Counters.Requests == 41);
        await node.StopAsync();
        await stop.CancelAsync();
        Assert.All(await watching, pair => Assert.True(pair.Former <= pair.Latter));

        await silo.RestartAsync();
        var after = await silo.SnapshotAsync(_ => true);
        Assert.Equal((41, 41), (after.Counters.Requests, after.Durations.Count));
    }

    [Fact]
    public async Task Reports_SiloRestartsUnderTheNode_AreNotLost()
    {
        await using var silo = await SiloBed.StartAsync();
        await using (var node = await NodeBed.StartAsync(silo, "gw-1"))
        {
            node.Record(10);
            await silo.SnapshotAsync(s => s.Counters.Requests == 10);
            silo.Storage.Hang();
            node.Record(5);
            await silo.SnapshotAsync(s => s.Counters.Requests == 15);
            silo.Storage.LetGo();
        }

        await silo.RestartAsync();
        Assert.Equal(15, (await silo.SnapshotAsync(_ => true)).Counters.Requests);
    }

    private static async Task<List<(long Former, long Latter)>> WatchAsync(SiloBed silo, CancellationToken cancellationToken)
    {
        var seen = new List<(long Former, long Latter)>();
        var former = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            if (await silo.LatestAsync() is { } snapshot)
            {
                seen.Add((former, snapshot.Counters.Requests));
                former = snapshot.Counters.Requests;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
        }

        return seen;
    }

    private NodeReport Report(long tick, long successes) => Make.Node("gw-1", _node, tick, Make.Report(tick, successes));
}
