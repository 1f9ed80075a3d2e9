using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Kairos.Tests.EndToEnd;

/// <summary>What the dashboard shows is what was sent.</summary>
[Collection(Chromium.Name)]
public sealed class DashboardFiguresTests(Chromium chromium)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Figures_charts_and_tables_have_what_was_sent_before_and_while_the_page_is_open()
    {
        await using var rig = await GatewayRig.StartAsync();
        // A rate is the difference of two seconds: one without traffic comes first.
        await using (var client = await MetricsClient.ConnectAsync(rig.Gateway.Port))
            await client.ReceiveTickAsync((await client.ReceiveSnapshotAsync()).Tick() + 2);
        var sent = await Traffic.SendAsync(rig.Gateway.Http, 200, Traffic.MixedPaths, Cancelled);
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port);
        await dashboard.ShowsAsync(sent);
        // The past is there on arrival, and adds up to what was sent.
        await Wait.UntilAsync(async () => await ChartSumAsync(dashboard) > 0, () => "a chart with traffic before the page was opened");

        sent += await Traffic.SendAsync(rig.Gateway.Http, 300, Traffic.MixedPaths, Cancelled);
        await dashboard.ShowsAsync(sent);
        await Expect(dashboard.Cell("d", "requests_total")).ToHaveTextAsync("400");
        await Expect(dashboard.Cell("dead", "requests_total")).ToHaveTextAsync("50");
        await Expect(dashboard.Fact("age")).ToHaveTextAsync(new Regex(@"^[0-2] s old$"));
        await Expect(dashboard.Fact("nodes")).ToHaveTextAsync("1 of 1 live");
        await Expect(dashboard.Fact("silos")).ToHaveTextAsync("1 of 1");
        await dashboard.KeepPictureAsync("figures");
        dashboard.AssertNoProblem();
    }

    [Fact]
    public async Task Charts_show_each_status_class_and_percentiles_of_the_second_under_the_pointer()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port);
        await Expect(dashboard.Fact("connection")).ToHaveTextAsync("connected");
        // Requests of a known duration, steadily, so that every second has some.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var sending = Traffic.SendSteadilyAsync(rig.Gateway.Http, 10, ["d/slow?ms=200"], stop.Token);
        await Wait.UntilAsync(
            async () => await NumberAsync(dashboard.Series("latency", "p50")) is >= 200 and < 300 && await NumberAsync(dashboard.Series("requests", "2xx")) > 5,
            () => "about 10 requests per second of 200 ms");
        await Expect(dashboard.Series("errors", "5xx")).ToHaveTextAsync("0.00");
        Assert.InRange(await NumberAsync(dashboard.Series("in-flight", "requests")), 0, 20);

        var plot = dashboard.Page.Locator("[data-chart=requests] .plot");
        await plot.FocusAsync();
        await dashboard.Page.Keyboard.PressAsync("ArrowLeft");
        await Expect(dashboard.Page.Locator("[data-chart=latency] .when")).Not.ToBeEmptyAsync();
        await dashboard.Page.Keyboard.PressAsync("Escape");
        await Expect(dashboard.Page.Locator("[data-chart=latency] .when")).ToBeEmptyAsync();
        await stop.CancelAsync();
        var sent = await sending;
        Assert.Equal(sent.Total, sent.Success);
        dashboard.AssertNoProblem();
    }

    [Fact]
    public async Task Click_narrows_everything_to_a_scope_and_its_link_shows_a_colleague_the_same()
    {
        await using var rig = await GatewayRig.StartAsync();
        await Traffic.SendAsync(rig.Gateway.Http, 40, ["d/status/200"], Cancelled);
        await Traffic.SendAsync(rig.Gateway.Http, 7, ["dead/anything"], Cancelled);
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port);
        await dashboard.ShowsAsync("requests_total", 47);

        await dashboard.Row("dead").GetByRole(AriaRole.Link).ClickAsync();
        await dashboard.ShowsAsync(new Tally(7, 0, 7));
        await Expect(dashboard.Page.Locator("[data-scope]")).ToHaveTextAsync("dead");
        await dashboard.Button("Destinations").ClickAsync();
        await dashboard.Button("1 h").ClickAsync();
        await Expect(dashboard.Cell("dead/d1", "failures")).ToHaveTextAsync("7");
        Assert.EndsWith("/kairos/?scope=route/dead&range=1h&table=destinations", dashboard.Page.Url, StringComparison.Ordinal);

        await using var colleague = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port, new Uri(dashboard.Page.Url).Query);
        await colleague.ShowsAsync(new Tally(7, 0, 7));
        await Expect(colleague.Page.Locator("[data-scope]")).ToHaveTextAsync("dead");
        await Expect(colleague.Button("1 h")).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(colleague.Cell("d/d1", "requests_total")).ToHaveTextAsync("40");

        foreach (var _ in Enumerable.Range(0, 3))
            await dashboard.Page.GoBackAsync();
        await dashboard.ShowsAsync("requests_total", 47);
        await Expect(dashboard.Page.Locator("[data-scope]")).ToHaveCountAsync(0);
        dashboard.AssertNoProblem();
        colleague.AssertNoProblem();
    }

    [Theory]
    [InlineData("1h")]
    [InlineData("24h")]
    [InlineData("30d")]
    public async Task Every_range_shows_what_there_is_and_goes_on(string range)
    {
        await using var rig = await GatewayRig.StartAsync();
        await Traffic.SendAsync(rig.Gateway.Http, 30, ["d/slow?ms=50"], Cancelled);
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port, $"?range={range}");
        await dashboard.ShowsAsync("requests_total", 30);
        // The figures come first, then the history.
        await Wait.UntilAsync(async () => (await dashboard.SummaryAsync("latency")).Contains("Latency (ms) since", StringComparison.Ordinal), () => "a chart of the past");
        await Traffic.SendAsync(rig.Gateway.Http, 30, ["d/slow?ms=50"], Cancelled);
        await dashboard.ShowsAsync("requests_total", 60);
        if (range == "1h")
        {
            // Steps of 5 s come from history, with their own percentiles.
            await Wait.UntilAsync(
                async () => Regex.Match(await dashboard.SummaryAsync("latency"), @"p50: ([\d.]+),") is { Success: true } median
                    && double.Parse(median.Groups[1].Value, CultureInfo.InvariantCulture) >= 50,
                () => "a median of the last step with requests");
        }

        dashboard.AssertNoProblem();
    }

    [Fact]
    public async Task Names_that_nobody_should_choose_are_shown_as_they_are()
    {
        string[] hostile = ["<img src=x onerror=alert(1)>", "a\"b/c?d=e&f#g%2F+h", "😀 '"];
        await using var rig = await GatewayRig.CreateAsync();
        rig.Workspace.WriteSettings(ProxySettings.To(rig.Destination.Address, [.. hostile.Select((id, i) => new ProxyRoute(id, $"/r{i}/{{**rest}}", "d"))]));
        await rig.StartGatewayAsync();
        for (var i = 0; i < hostile.Length; i++)
            await Traffic.SendAsync(rig.Gateway.Http, i + 1, [$"r{i}/x"], Cancelled);
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port);
        for (var i = 0; i < hostile.Length; i++)
        {
            await dashboard.Page.GetByRole(AriaRole.Link, new() { Name = hostile[i], Exact = true }).ClickAsync();
            await dashboard.ShowsAsync("requests_total", i + 1);
            await Expect(dashboard.Page.Locator("[data-scope]")).ToHaveTextAsync(hostile[i]);
            await dashboard.Page.ReloadAsync();
            await dashboard.ShowsAsync("requests_total", i + 1);
        }

        dashboard.AssertNoProblem();
    }

    private static async Task<double> ChartSumAsync(DashboardPage dashboard)
    {
        // "2xx: 0.0, between 0.0 and 61.0"
        var highest = Regex.Match(await dashboard.SummaryAsync("requests"), @"2xx: [^;]*and ([\d.,]+)");
        return highest.Success ? double.Parse(highest.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    private static async Task<double> NumberAsync(ILocator figure) =>
        double.TryParse(await figure.TextContentAsync(), CultureInfo.InvariantCulture, out var number) ? number : 0;
}
