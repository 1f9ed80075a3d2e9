using System.Text.Json;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Kairos.Tests.EndToEnd;

/// <summary>The dashboard for those who do not see it, see it in the dark or on a phone, or have no pointer.</summary>
[Collection(Chromium.Name)]
public sealed class DashboardAccessTests(Chromium chromium)
{
    private const string RunAxe = "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).slice(0, 3)}`)";

    public static TheoryData<string, ColorScheme, int> Looks => new()
    {
        { "", ColorScheme.Light, 1400 },
        { "", ColorScheme.Dark, 1400 },
        { "?scope=route/d&table=destinations", ColorScheme.Light, 1400 },
        { "?scope=route/nope&table=nodes", ColorScheme.Dark, 1400 },
        { "?table=nodes", ColorScheme.Light, 390 },
    };

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Axe_finds_no_fault(string view, ColorScheme scheme, int width)
    {
        var axe = Path.Combine(Build.Clients, "node_modules", "axe-core", "axe.min.js");
        Assert.SkipUnless(File.Exists(axe), "axe-core is missing: run npm ci in tests/clients.");
        await using var rig = await GatewayRig.StartAsync();
        await Traffic.SendAsync(rig.Gateway.Http, 40, Traffic.MixedPaths, TestContext.Current.CancellationToken);
        await using var dashboard = await DashboardPage.OpenAsync(
            chromium, rig.Gateway.Port, view, new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme });
        await Expect(dashboard.HealthWord).Not.ToHaveTextAsync("Unknown");
        await Expect(dashboard.Page.Locator("tbody tr").First).ToBeVisibleAsync();
        await dashboard.Page.EvaluateAsync(await File.ReadAllTextAsync(axe, TestContext.Current.CancellationToken));
        await dashboard.KeepPictureAsync($"look-{scheme}-{width}{view.Replace('/', '-').Replace('?', '-')}");
        await AssertNoFaultAsync(dashboard);

        // Greyed data can still be read.
        await rig.KillGatewayAsync();
        await Expect(dashboard.Page.Locator("[data-retry]")).ToBeVisibleAsync();
        await AssertNoFaultAsync(dashboard);
    }

    [Fact]
    public async Task Phone_shows_all_without_sideways_scrolling()
    {
        await using var rig = await GatewayRig.StartAsync();
        await Traffic.SendAsync(rig.Gateway.Http, 1_234, ["d/status/200"], TestContext.Current.CancellationToken);
        foreach (var width in new[] { 320, 390, 768 })
        {
            await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port, "", new() { ViewportSize = new() { Width = width, Height = 700 } });
            await dashboard.ShowsAsync("requests_total", 1_234);
            Assert.Equal(width, (await dashboard.Page.EvaluateAsync("document.documentElement.scrollWidth"))!.Value.GetInt32());
            dashboard.AssertNoProblem();
        }
    }

    [Fact]
    public async Task Keyboard_alone_chooses_range_order_and_scope()
    {
        await using var rig = await GatewayRig.StartAsync();
        await Traffic.SendAsync(rig.Gateway.Http, 9, ["d/status/200", "d/status/200", "dead/anything"], TestContext.Current.CancellationToken);
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port);
        await dashboard.ShowsAsync("requests_total", 9);
        await Expect(dashboard.Cell("dead", "requests_total")).ToHaveTextAsync("3");
        var keyboard = dashboard.Page.Keyboard;

        await TabToAsync(dashboard, "1 h");
        await keyboard.PressAsync("Enter");
        await Expect(dashboard.Button("1 h")).ToHaveAttributeAsync("aria-pressed", "true");
        await TabToAsync(dashboard, "Requests▾", "Requests");
        await keyboard.PressAsync("Enter");
        await Expect(dashboard.Page.GetByRole(AriaRole.Columnheader, new() { Name = "Requests" })).ToHaveAttributeAsync("aria-sort", "descending");
        await Expect(dashboard.Page.Locator("tbody tr").First).ToHaveAttributeAsync("data-row", "d");
        await TabToAsync(dashboard, "dead");
        await keyboard.PressAsync("Enter");
        await dashboard.ShowsAsync("requests_total", 3);
        await keyboard.PressAsync("Escape");
        await dashboard.ShowsAsync("requests_total", 9);
    }

    [Fact]
    public async Task Theme_that_was_chosen_stays()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var dashboard = await DashboardPage.OpenAsync(chromium, rig.Gateway.Port, "", new() { ColorScheme = ColorScheme.Light });
        var root = dashboard.Page.Locator("html");
        await Expect(root).ToHaveAttributeAsync("data-theme", "light");
        await dashboard.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Expect(root).ToHaveAttributeAsync("data-theme", "dark");
        await dashboard.Page.Locator("button.theme").ClickAsync();
        await Expect(root).ToHaveAttributeAsync("data-theme", "light");
        await dashboard.Page.ReloadAsync();
        await Expect(root).ToHaveAttributeAsync("data-theme", "light");
    }

    private static async Task AssertNoFaultAsync(DashboardPage dashboard) =>
        Assert.Equal("[]", JsonSerializer.Serialize((await dashboard.Page.EvaluateAsync(RunAxe))!.Value));

    /// <summary>Presses Tab until something of that name has the focus, which must be seen.</summary>
    private static async Task TabToAsync(DashboardPage dashboard, params string[] names)
    {
        const string Focused = "() => [document.activeElement?.textContent?.trim() ?? '', getComputedStyle(document.activeElement).outlineStyle]";
        for (var presses = 0; presses < 80; presses++)
        {
            await dashboard.Page.Keyboard.PressAsync("Tab");
            var focused = (await dashboard.Page.EvaluateAsync(Focused))!.Value;
            if (names.Contains(focused[0].GetString()))
            {
                Assert.Equal("solid", focused[1].GetString());
                return;
            }
        }

        Assert.Fail($"{names[0]} cannot be reached by Tab.");
    }
}
