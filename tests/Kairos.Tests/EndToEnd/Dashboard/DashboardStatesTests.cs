using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Kairos.Tests.EndToEnd;

/// <summary>The states that people meet.</summary>
[Collection(Chromium.Name)]
public sealed class DashboardStatesTests(Chromium chromium)
{
    private const int ManyRoutes = 220;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_traffic_the_page_says_how_to_send_some_and_that_works()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port);
        var banner = dashboard.Page.Locator("[data-banner=no-traffic]");
        await Expect(banner).ToContainTextAsync("No traffic yet.");
        await dashboard.KeepPictureAsync("no-traffic");

        var address = Regex.Match(await banner.TextContentAsync() ?? "", @"curl -i (\S+)").Groups[1].Value;
        (await rig.Gateway.Http.GetAsync(address, Cancelled)).Dispose();
        await dashboard.ShowsAsync(new Tally(1, 0, 1));
        await Expect(banner).ToHaveCountAsync(0);
        dashboard.AssertNoProblem();
    }

    [Fact]
    public async Task Killed_gateway_leaves_the_last_data_greyed_with_a_countdown_and_its_return_is_noticed()
    {
        await using var rig = await GatewayRig.StartAsync();
        await Traffic.SendAsync(rig.Gateway.Http, 25, ["d/status/200"], Cancelled);
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port);
        await dashboard.ShowsAsync("requests_total", 25);
        await Expect(dashboard.Page.Locator("main.stale")).ToHaveCountAsync(0);
        dashboard.AssertNoProblem();

        await rig.KillGatewayAsync();
        await Expect(dashboard.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("No connection to this gateway.");
        await Expect(dashboard.Page.Locator("[data-retry]")).ToHaveTextAsync(new Regex(@"Trying again in \d+ s"));
        await Expect(dashboard.Page.Locator("main.stale")).ToHaveCountAsync(1);
        await Expect(dashboard.HealthWord).ToHaveTextAsync("Unknown");
        await dashboard.ShowsAsync("requests_total", 25);
        await dashboard.KeepPictureAsync("disconnected");

        await rig.ReturnGatewayAsync();
        await Traffic.SendAsync(rig.Gateway.Http, 5, ["d/status/200"], Cancelled);
        await dashboard.ShowsAsync("requests_total", 30);
        await Expect(dashboard.Page.Locator("main.stale")).ToHaveCountAsync(0);
        await Expect(dashboard.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        // The browser itself tells of attempts that failed, in as many words as a connection has ways to go; no script did.
        Assert.All(dashboard.TakeProblems(), problem => Assert.Matches(@"^console: .*(net::ERR_(?!BLOCKED)|\b503\b)", problem));
    }

    [Fact]
    public async Task Scope_that_is_not_is_told_with_the_nearest_and_a_way_back()
    {
        await using var rig = await GatewayRig.StartAsync();
        await Traffic.SendAsync(rig.Gateway.Http, 3, ["d/status/200"], Cancelled);
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port, "?scope=route/deed");
        await Expect(dashboard.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Nothing to show of route/deed.");
        await Expect(dashboard.Page.Locator(".banner.bad")).ToContainTextAsync("the nearest are dead");
        await Expect(dashboard.Figure("requests_total")).ToHaveTextAsync("–");
        await dashboard.KeepPictureAsync("unknown-scope");

        await dashboard.Page.GetByRole(AriaRole.Link, new() { Name = "Whole cluster" }).ClickAsync();
        await dashboard.ShowsAsync("requests_total", 3);
        dashboard.AssertNoProblem();
    }

    [Fact]
    public async Task Two_hundred_routes_are_filtered_sorted_and_ranked_by_the_node()
    {
        await using var rig = await GatewayRig.CreateAsync();
        var routes = Enumerable.Range(1, ManyRoutes).Select(i => new ProxyRoute($"r{i}", $"/r{i}/{{**rest}}", "d")).ToArray();
        rig.Workspace.WriteSettings(ProxySettings.To(rig.Destination.Address, routes));
        await rig.StartGatewayAsync();
        await Traffic.SendAsync(rig.Gateway.Http, ManyRoutes, [.. routes.Select(route => $"{route.Id}/status/200")], Cancelled);
        await Traffic.SendAsync(rig.Gateway.Http, 9, ["r217/status/404"], Cancelled);
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port, "?sort=-requests_total");
        await Expect(dashboard.Page.Locator("[data-table=routes] tbody tr").First).ToHaveAttributeAsync("data-row", "r217");
        await Expect(dashboard.Cell("r217", "requests_total")).ToHaveTextAsync("10");
        await Expect(dashboard.Page.Locator(".rest")).ToContainTextAsync("first 200 of");
        await dashboard.KeepPictureAsync("many-routes");

        await dashboard.Page.Keyboard.PressAsync("/");
        await dashboard.Page.Keyboard.TypeAsync("R21");
        await Expect(dashboard.Page.Locator("[data-table=routes] tbody tr")).ToHaveCountAsync(11);
        Assert.EndsWith("sort=-requests_total&filter=R21", dashboard.Page.Url, StringComparison.Ordinal);
        await dashboard.Page.Keyboard.PressAsync("Escape");
        await Expect(dashboard.Page.Locator("[data-table=routes] tbody tr")).ToHaveCountAsync(ManyRoutes + 2);
        await dashboard.Button("Route").First.ClickAsync();
        dashboard.AssertNoProblem();
    }

    [Fact]
    public async Task Rows_keep_their_places_under_the_pointer_and_take_them_again_when_it_has_gone()
    {
        await using var rig = await GatewayRig.StartAsync();
        await Traffic.SendAsync(rig.Gateway.Http, 3, ["d/status/200", "d/status/200", "dead/anything"], Cancelled);
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port, "?sort=-requests_total");
        var first = dashboard.Page.Locator("[data-table=routes] tbody tr").First;
        await Expect(dashboard.Cell("dead", "requests_total")).ToHaveTextAsync("1");
        await Expect(first).ToHaveAttributeAsync("data-row", "d");

        await dashboard.Row("d").HoverAsync();
        await Traffic.SendAsync(rig.Gateway.Http, 10, ["dead/anything"], Cancelled);
        await Expect(dashboard.Cell("dead", "requests_total")).ToHaveTextAsync("11");
        await Expect(first).ToHaveAttributeAsync("data-row", "d");
        await dashboard.Page.Mouse.MoveAsync(5, 5);
        await Expect(first).ToHaveAttributeAsync("data-row", "dead");
        dashboard.AssertNoProblem();
    }

    [Fact]
    public async Task Page_that_nobody_sees_asks_for_next_to_nothing_and_misses_nothing()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port);
        var received = 0;
        dashboard.Page.WebSocket += (_, socket) => socket.FrameReceived += (_, _) => Interlocked.Increment(ref received);
        await dashboard.Page.ReloadAsync();
        await Expect(dashboard.Fact("connection")).ToHaveTextAsync("connected");
        await SetHiddenAsync(dashboard, true);
        await Wait.UntilAsync(async () => await IsSilentAsync(() => Volatile.Read(ref received)), () => "three seconds without a frame");

        await Traffic.SendAsync(rig.Gateway.Http, 12, ["d/status/200"], Cancelled);
        await Expect(dashboard.Figure("requests_total")).ToHaveTextAsync("0");
        await SetHiddenAsync(dashboard, false);
        await dashboard.ShowsAsync("requests_total", 12);
        Assert.DoesNotContain("between 0.0 and 0.0", (await dashboard.SummaryAsync("requests")).Split(';')[^1], StringComparison.Ordinal);
        dashboard.AssertNoProblem();
    }

    private static async Task SetHiddenAsync(DashboardPage dashboard, bool hidden) => await dashboard.Page.EvaluateAsync(
        """
        (hidden) => {
          Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
          document.dispatchEvent(new Event('visibilitychange'));
        }
        """,
        hidden);

    private static async Task<bool> IsSilentAsync(Func<int> count)
    {
        var before = count();
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, Cancelled);
        return count() == before;
    }
}
