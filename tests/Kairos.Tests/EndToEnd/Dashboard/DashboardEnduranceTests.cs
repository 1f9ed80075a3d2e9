using System.Text.Json;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Kairos.Tests.EndToEnd;

/// <summary>A dashboard that stays open on a wall. <c>KAIROS_DASHBOARD_MINUTES</c> says for how long; one minute unless it is set.</summary>
[Collection(Chromium.Name)]
public sealed class DashboardEnduranceTests(Chromium chromium)
{
    private const int RequestsPerSecond = 20;
    private const double HeapGrowthMax = 1.0;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Memory_stays_flat_while_figures_change_each_second()
    {
        var minutes = RunSettings.Number("KAIROS_DASHBOARD_MINUTES") ?? 1;
        await using var rig = await GatewayRig.StartAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var sending = Traffic.SendSteadilyAsync(rig.Gateway.Http, RequestsPerSecond, Traffic.MixedPaths, stop.Token);
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port);
        await Expect(dashboard.Fact("connection")).ToHaveTextAsync("connected");
        var browser = await dashboard.Page.Context.NewCDPSessionAsync(dashboard.Page);

        // What scripts are compiled to, and the first points, come first.
        await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System, Cancelled);
        var first = await MeasureAsync(browser);
        await Task.Delay(TimeSpan.FromMinutes(minutes), TimeProvider.System, Cancelled);
        var last = await MeasureAsync(browser);
        TestLog.Write($"after {minutes} min: heap {first.HeapMegabytes:F2} to {last.HeapMegabytes:F2} MB, nodes {first.Nodes} to {last.Nodes}, listeners {first.Listeners} to {last.Listeners}");

        Assert.InRange(last.HeapMegabytes - first.HeapMegabytes, double.NegativeInfinity, HeapGrowthMax);
        Assert.InRange(last.Nodes, 0, first.Nodes + 50);
        Assert.InRange(last.Listeners, 0, first.Listeners + 5);
        dashboard.AssertNoProblem();
        await stop.CancelAsync();
        await sending;
    }

    private static async Task<(double HeapMegabytes, int Nodes, int Listeners)> MeasureAsync(ICDPSession browser)
    {
        await browser.SendAsync("HeapProfiler.collectGarbage");
        var heap = (await browser.SendAsync("Runtime.getHeapUsage"))!.Value;
        var counters = (await browser.SendAsync("Memory.getDOMCounters"))!.Value;
        return (heap.GetProperty("usedSize").GetDouble() / 1_048_576, Counter(counters, "nodes"), Counter(counters, "jsEventListeners"));
    }

    private static int Counter(JsonElement counters, string name) => counters.GetProperty(name).GetInt32();
}
