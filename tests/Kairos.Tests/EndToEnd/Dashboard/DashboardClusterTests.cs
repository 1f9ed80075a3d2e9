using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Kairos.Tests.EndToEnd;

/// <summary>The dashboard of one node while others, and silos, come and go.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class DashboardClusterTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task Node_that_is_lost_and_silo_that_dies_are_told_and_the_page_goes_on()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 2, gateways: 2);
        var (shown, other) = (rig.Nodes[0], rig.Nodes[1]);
        await using var dashboard = await DashboardPage.OpenAsync(chromium, shown.Port, "?table=nodes");
        foreach (var node in rig.Nodes)
            await Expect(dashboard.Cell(node.Id, "state")).ToHaveTextAsync("live");
        await Expect(dashboard.Fact("nodes")).ToHaveTextAsync("2 of 2 live");
        await Expect(dashboard.HealthWord).ToHaveTextAsync("Healthy");
        rig.ResumeTraffic();
        await Wait.UntilAsync(() => rig.Completed.Total > 300, () => "traffic");

        await other.KillAsync();
        await Expect(dashboard.Cell(other.Id, "state")).ToHaveTextAsync("lost");
        await Expect(dashboard.Fact("nodes")).ToHaveTextAsync("1 of 2 live");
        // The load has requests that fail, so that there may be a worse reason.
        await Expect(dashboard.HealthWord).ToHaveTextAsync(new Regex("^(Degraded|Failing)$"));
        await Expect(dashboard.Health).ToContainTextAsync($"Node {other.Id} was lost");
        await dashboard.KeepPictureAsync("node-lost");
        await other.ReturnAsync();
        await Expect(dashboard.Cell(other.Id, "state")).ToHaveTextAsync("live");
        await Expect(dashboard.Fact("nodes")).ToHaveTextAsync("2 of 2 live");

        await rig.KillAsync(rig.Silos[0]);
        await Expect(dashboard.Health).ToContainTextAsync(new Regex("Silo .* was lost"));
        await Expect(dashboard.Fact("age")).ToHaveTextAsync(new Regex("^[01] s old$"));
        await Expect(dashboard.Fact("connection")).ToHaveTextAsync("connected");
        await dashboard.KeepPictureAsync("silo-lost");
        // What no Snapshot told of in the meantime comes from history.
        await rig.WaitForAdvanceAsync();
        await Wait.UntilAsync(async () => !(await dashboard.SummaryAsync("requests")).Contains("gap", StringComparison.Ordinal), () => "a chart without a gap");
        dashboard.AssertNoProblem();

        // The page of the node that was killed is another node's page: every figure is of the cluster.
        await rig.HoldTrafficAsync();
        await using var colleague = await DashboardPage.OpenAsync(chromium, other.Port);
        await Wait.UntilAsync(
            async () => await colleague.Figure("requests_total").TextContentAsync() is var text and not "–" && text == await dashboard.Figure("requests_total").TextContentAsync(),
            () => "the same total on both pages");
    }

    [Fact]
    public async Task Page_says_why_there_is_nothing_to_see_until_a_silo_is_there_and_again_when_it_has_gone()
    {
        RedisServer.Require();
        await using var rig = await ClusterRig.CreateAsync(await RedisServer.StartAsync());
        var node = rig.AddNode("gw-1");
        await node.StartAsync();
        await Wait.UntilAsync(() => HttpProbe.SucceedsAsync(node.Process.Http, "health/live"), () => node.Process.Output);
        await using var dashboard = await DashboardPage.OpenAsync(chromium, node.Port);
        await Expect(dashboard.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This gateway answers, but has no stream now.");
        await Expect(dashboard.HealthWord).ToHaveTextAsync("Stalled");
        await dashboard.KeepPictureAsync("no-silo");

        await rig.StartSiloAsync();
        await Expect(dashboard.Fact("connection")).ToHaveTextAsync("connected");
        await Expect(dashboard.HealthWord).ToHaveTextAsync("Healthy");
        await Expect(dashboard.Fact("age")).ToHaveTextAsync(new Regex("^[0-2] s old$"));

        await rig.KillAsync(rig.Silos[0]);
        await Expect(dashboard.HealthWord).ToHaveTextAsync("Stalled");
        await Expect(dashboard.Health).ToContainTextAsync("no silo answers");
        await Expect(dashboard.Fact("age")).ToHaveTextAsync(new Regex(@"^([6-9]|\d\d) s old$"));
        await dashboard.KeepPictureAsync("stalled");
        await rig.StartSiloAsync();
        await Expect(dashboard.Fact("age")).ToHaveTextAsync(new Regex("^[0-2] s old$"));
    }
}
