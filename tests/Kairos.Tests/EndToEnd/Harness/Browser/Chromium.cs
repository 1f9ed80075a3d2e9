using Microsoft.Playwright;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Debian's Chromium without a window, one for all tests of the dashboard; each page is as in a new profile.</summary>
[CollectionDefinition(Name)]
public sealed class Chromium : IAsyncLifetime, ICollectionFixture<Chromium>
{
    public const string Name = "Dashboards";

    private const string Executable = "/usr/bin/chromium";
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    internal bool IsInstalled => _browser is not null;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Executable))
            return;
        Assertions.SetDefaultExpectTimeout((float)Wait.Limit.TotalMilliseconds);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Executable, Args = Arguments });
    }

    internal async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions options)
    {
        Assert.SkipWhen(_browser is null, "Debian's chromium is not installed.");
        DashboardPage.Require();
        var context = await _browser!.NewContextAsync(options);
        context.SetDefaultTimeout((float)Wait.Limit.TotalMilliseconds);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.CloseAsync();
        _playwright?.Dispose();
    }
}
