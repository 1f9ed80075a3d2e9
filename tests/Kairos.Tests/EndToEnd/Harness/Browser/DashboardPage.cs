using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Kairos.Gateway;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Kairos.Tests.EndToEnd;

/// <summary>The dashboard of one gateway in a browser, with all that went wrong on it.</summary>
internal sealed class DashboardPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _problems = new();

    private DashboardPage(IBrowserContext context, IPage page, int port)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) => Keep(message.Type == "error", $"console: {message.Text}");
        page.PageError += (_, error) => Keep(true, $"error: {error}");
        page.Request += (_, request) => Keep(new Uri(request.Url).Authority != Authority(port), $"a request to {request.Url}");
        page.WebSocket += (_, socket) => Keep(new Uri(socket.Url).Authority != Authority(port), $"a socket to {socket.Url}");
    }

    public IPage Page { get; }

    /// <summary>Skips the test where the gateway was built without its dashboard.</summary>
    public static void Require() => Assert.SkipWhen(DashboardFile.All.Count == 0, "The gateway was built without its dashboard.");

    /// <summary>Errors on the console and of scripts, and requests to other origins, since the last call.</summary>
    public string[] TakeProblems()
    {
        var taken = _problems.ToArray();
        _problems.Clear();
        return taken;
    }

    /// <param name="chromium">The browser.</param>
    /// <param name="port">The gateway's.</param>
    /// <param name="view">What follows the page's path, from the question mark on.</param>
    /// <param name="options">Size, theme and so on.</param>
    public static async Task<DashboardPage> OpenAsync(Chromium chromium, int port, string view = "", BrowserNewContextOptions? options = null)
    {
        var context = await chromium.NewContextAsync(options ?? new() { ViewportSize = new() { Width = 1400, Height = 1000 } });
        var dashboard = new DashboardPage(context, await context.NewPageAsync(), port);
        await dashboard.Page.GotoAsync($"http://{Authority(port)}/kairos/{view}");
        return dashboard;
    }

    /// <summary>The cluster's health in one word.</summary>
    public ILocator HealthWord => Page.Locator("[data-health]");

    /// <summary>The word with its reasons.</summary>
    public ILocator Health => Page.GetByRole(AriaRole.Group, new() { Name = "Health of the cluster" });

    public ILocator Figure(string metric) => Page.Locator($"[data-figure={metric}]");

    public ILocator Fact(string name) => Page.Locator($"[data-fact={name}]");

    public ILocator Row(string name) => Page.Locator($"[data-row={JsonText(name)}]");

    public ILocator Cell(string row, string column) => Row(row).Locator($"[data-column={column}]");

    /// <summary>The figure of a chart's series, the newest unless the pointer is on the chart.</summary>
    public ILocator Series(string chart, string label) => Page.Locator($"[data-chart={chart}] [data-series='{label}']");

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex($"^{Regex.Escape(name)}") });

    /// <summary>What a chart says to those who do not see it.</summary>
    public async Task<string> SummaryAsync(string chart) => await Page.Locator($"[data-chart={chart}] .plot").GetAttributeAsync("aria-label") ?? "";

    public Task ShowsAsync(string metric, long value) => Expect(Figure(metric)).ToHaveTextAsync(value.ToString("N0", CultureInfo.InvariantCulture));

    /// <summary>What was sent and answered, and nothing else.</summary>
    public async Task ShowsAsync(Tally sent)
    {
        await ShowsAsync("requests_total", sent.Total);
        await ShowsAsync("requests_success", sent.Success);
        await ShowsAsync("requests_error", sent.Error);
    }

    /// <summary>Keeps a picture under artifacts, for whoever wants to look.</summary>
    public async Task KeepPictureAsync(string name) =>
        await Page.ScreenshotAsync(new() { Path = Path.Combine(Build.Root, "artifacts", "dashboard-pictures", $"{name}.png"), FullPage = true });

    public void AssertNoProblem() => Assert.Empty(TakeProblems());

    public async ValueTask DisposeAsync() => await _context.CloseAsync();

    private static string Authority(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    private static string JsonText(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private void Keep(bool isProblem, string problem)
    {
        if (isProblem)
            _problems.Enqueue(problem);
    }
}
