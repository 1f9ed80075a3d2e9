using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(ClusterProcesses.Name)]
public sealed class NodeIdTests
{
    private const int MistakeExitCode = 2;
    private const int ShortLivedNodes = 200;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Second_live_gateway_of_a_node_id_proxies_then_stops_with_a_sentence_and_its_requests_count()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 1, gateways: 1);
        rig.ResumeTraffic();
        var first = rig.Nodes[0];
        var second = rig.AddNode(first.Id);
        var start = TimeProvider.System.GetTimestamp();
        await second.StartAsync();

        var proxied = await SendWhileItRunsAsync(second);
        var exitCode = await second.Process.WaitForExitAsync();
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        second.KeepOutput();

        Assert.True(proxied > 0, $"it proxied nothing. Its output:\n{second.Output}");
        Assert.True(exitCode == MistakeExitCode, $"exit code {exitCode}:\n{second.Output}");
        Assert.Single(second.Output.Split('\n'), line => line.Contains(first.Id, StringComparison.Ordinal) && line.EndsWith('.'));
        Assert.True(elapsed < StopLimit, $"It took {elapsed}. Its output:\n{second.Output}");
        await new Settlement(rig).SettleAsync();
        Assert.Empty(first.Load.TakeFailures());
        Assert.All(rig.Nodes, node => Assert.Empty(node.Watcher.TakeViolations()));
    }

    [Fact]
    public async Task Two_hundred_short_lived_nodes_count_exactly_and_survive_all_silos()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 2, gateways: 1);
        var settlement = new Settlement(rig);
        rig.ResumeTraffic();
        await using (var access = await ClusterAccess.ConnectAsync(rig))
        {
            for (var i = 1; i <= ShortLivedNodes; i++)
                await ReportAsync(rig, access, $"short-lived-{i}", requests: i);
        }

        await settlement.SettleAsync();
        await rig.KillAsync([.. rig.Silos]);
        await rig.StartSiloAsync();
        await settlement.SettleAsync();
        Assert.Empty(rig.Nodes[0].Watcher.TakeViolations());
    }

    /// <summary>Sends one request after another for as long as they are answered; how many were.</summary>
    private static async Task<long> SendWhileItRunsAsync(GatewayNode node)
    {
        await Wait.UntilAsync(() => HttpProbe.SucceedsAsync(node.Process.Http, "health/live"), () => $"the second gateway. Its output:\n{node.Process.Output}");
        while (node.Load.TakeFailures().Count == 0)
            await node.Load.SendAsync(new LoadPath("d/slow?ms=20", 200));
        return node.Load.Completed.Total;
    }

    /// <summary>The only report of a node that counted so many requests, sent twice, as by a node that did not get the answer.</summary>
    private static async Task ReportAsync(ClusterRig rig, ClusterAccess access, string node, int requests)
    {
        var tick = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var report = Make.Node(node, Guid.NewGuid(), tick, Make.Report(tick, requests)) with { Leaving = true };
        rig.AddInvented(new Tally(requests, requests, 0));
        await access.ReportAsync(report);
        Assert.Equal(ReportOutcome.Merged, (await access.ReportAsync(report)).Outcome);
    }
}
