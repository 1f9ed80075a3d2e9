using System.Globalization;
using Microsoft.Playwright;

namespace Kairos.Benchmarks;

/// <summary>
/// Chromium without a window, with a profile of its own. It is started here and not by Playwright, whose settings keep hidden pages awake, and
/// nobody is attached to it while its CPU is measured: whoever is gets a copy of every frame. Disposing ends it.
/// </summary>
internal sealed class Chromium : IAsyncDisposable
{
    public const int Width = 1400;
    public const int Height = 1000;

    private const string Program = "chromium";

    // Without a GPU drawing, too, is CPU: on a desktop the figures are lower.
    private static readonly string[] Flags =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--disable-breakpad", "--no-proxy-server", string.Create(CultureInfo.InvariantCulture, $"--window-size={Width},{Height}"),
    ];

    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(5);

    private readonly IPlaywright _playwright;
    private readonly ChildProcess _process;
    private readonly string _address;

    private Chromium(IPlaywright playwright, ChildProcess process, string address)
    {
        (_playwright, _process, _address) = (playwright, process, address);
    }

    /// <summary>Of all its processes.</summary>
    public double CpuSeconds => _process.HasExited ? throw new BenchmarkException($"Chromium ended. It printed:\n{_process.Output}") : CpuTime.OfTree(_process.Id);

    public static void Require() => Installed.Require(Program, "it draws the dashboard");

    /// <summary>With one empty page.</summary>
    public static async Task<Chromium> StartAsync(IPlaywright playwright, Scratch scratch)
    {
        var port = FreePort.Next();
        var folder = scratch.NewFolder();
        string[] own = [string.Create(CultureInfo.InvariantCulture, $"--remote-debugging-port={port}"), $"--user-data-dir={folder}"];
        var process = ChildProcess.Start(Program, [.. Flags, .. own, "about:blank"], folder);
        var chromium = new Chromium(playwright, process, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        try
        {
            await Readiness.WaitAsync(process, $"{chromium._address}/json/version");
            return chromium;
        }
        catch
        {
            await chromium.DisposeAsync();
            throw;
        }
    }

    /// <summary>Disposing what it returns detaches; pages of the browser's own context stay.</summary>
    public Task<IBrowser> AttachAsync() => _playwright.Chromium.ConnectOverCDPAsync(_address, new() { NoDefaults = true });

    /// <summary>Asks it to end first: then it writes to its profile no more, and its processes' CPU is accounted to this one.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _process.StopAsync().WaitAsync(EndsWithin, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            // Disposing the process does not ask.
        }

        await _process.DisposeAsync();
    }
}
