using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(ClusterProcesses.Name)]
public sealed class TwoClustersTests
{
    [Fact]
    public async Task Two_clusters_on_one_Redis_do_not_touch_each_other()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var busy = await ClusterRig.StartAsync(silos: 1, gateways: 1, redis);
        await using var idle = await ClusterRig.StartAsync(silos: 1, gateways: 1, redis);
        var (busySettlement, idleSettlement) = (new Settlement(busy), new Settlement(idle));

        busy.ResumeTraffic();
        await Wait.UntilAsync(() => busy.Completed.Total > 300, () => "traffic");
        await busySettlement.SettleAsync();
        await idleSettlement.SettleAsync();

        // What storage holds belongs to one cluster as well.
        await idle.KillAsync([.. idle.Silos]);
        await busy.KillAsync([.. busy.Silos]);
        await Task.WhenAll(idle.StartSiloAsync(), busy.StartSiloAsync());
        await idleSettlement.SettleAsync();
        await busySettlement.SettleAsync();
        Assert.Equal(Tally.None, idle.Completed);
        Assert.Empty(busy.Nodes[0].Watcher.TakeViolations());
        Assert.Empty(idle.Nodes[0].Watcher.TakeViolations());
    }
}
