using Microsoft.Playwright;

namespace Kairos.Benchmarks;

/// <summary>The page of the whole cluster, open in a browser of its own, and seen until it is hidden. Used by one thread.</summary>
internal sealed class OpenDashboard(Chromium chromium, string url)
{
    private const float RowsWithin = 60_000;
    private static readonly TimeSpan HiddenWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // Noted while hidden alone, so that the page's heap holds nothing of it before.
    private const string NoteFrames =
        """
        window.kairosHidden = { frames: [], changes: 0 };
        document.addEventListener('visibilitychange', () => kairosHidden.changes++);
        window.WebSocket = class extends WebSocket {
          constructor(...address) {
            super(...address);
            this.addEventListener('message', () => { if (document.hidden) kairosHidden.frames.push(performance.now()); });
          }
        };
        """;

    private const string Override =
        """
        () => {
          Object.defineProperty(document, 'hidden', { value: true });
          Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
          document.dispatchEvent(new Event('visibilitychange'));
        }
        """;

    private double _pageTime;
    private long _timestamp;
    private int _changes;

    public Chromium Chromium => chromium;

    /// <summary>Returns when the four charts and a row for each route are there.</summary>
    public async Task OpenAsync(int routes)
    {
        await using var browser = await chromium.AttachAsync();
        var page = browser.Contexts[0].Pages[0];
        await page.Context.AddInitScriptAsync(NoteFrames);
        await page.GotoAsync(url);
        await FitAsync(page);
        await page.WaitForFunctionAsync(
            "routes => document.querySelectorAll('[data-chart]').length === 4 && document.querySelectorAll('[data-row]').length === routes",
            routes, new() { PollingInterval = 500, Timeout = RowsWithin });
    }

    public IPage PageOf(IBrowser browser) => browser.Contexts[0].Pages.Single(page => page.Url.StartsWith(url, StringComparison.Ordinal));

    /// <summary>Puts another page before it; how it was hidden.</summary>
    public async Task<string> HideAsync()
    {
        await using var browser = await chromium.AttachAsync();
        var page = PageOf(browser);
        var other = await browser.Contexts[0].NewPageAsync();
        await other.BringToFrontAsync();
        var isHidden = await BecomesHiddenAsync(page);
        if (!isHidden)
        {
            await page.EvaluateAsync(Override);
        }

        _changes = await page.EvaluateAsync<int>("() => kairosHidden.changes");
        (_pageTime, _timestamp) = (await page.EvaluateAsync<double>("() => performance.now()"), TimeProvider.System.GetTimestamp());
        return isHidden ? "really, behind another page of its window" : "by overriding document.hidden: this Chromium does not hide pages behind others";
    }

    /// <summary>Frames that the socket brought in each of some windows of time.</summary>
    /// <exception cref="BenchmarkException">It was seen meanwhile.</exception>
    public async Task<int[]> CountFramesAsync(IEnumerable<CpuWindow> windows)
    {
        await using var browser = await chromium.AttachAsync();
        var page = PageOf(browser);
        if (!await page.EvaluateAsync<bool>("() => document.hidden") || await page.EvaluateAsync<int>("() => kairosHidden.changes") != _changes)
        {
            throw new BenchmarkException("The page did not stay hidden.");
        }

        var arrived = await page.EvaluateAsync<double[]>("() => kairosHidden.frames");
        return [.. windows.Select(window => arrived.Count(at => at >= PageTime(window.Began) && at < PageTime(window.Ended)))];
    }

    private double PageTime(long timestamp) => _pageTime + TimeProvider.System.GetElapsedTime(_timestamp, timestamp).TotalMilliseconds;

    private static async Task<bool> BecomesHiddenAsync(IPage page)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await page.EvaluateAsync<bool>("() => document.hidden"))
        {
            if (TimeProvider.System.GetElapsedTime(began) > HiddenWithin)
            {
                return false;
            }

            await Task.Delay(Pause, TimeProvider.System);
        }

        return true;
    }

    /// <summary>Makes the window as much larger as its bars take; an emulated size would go when the last one detaches.</summary>
    private static async Task FitAsync(IPage page)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        var window = (await session.SendAsync("Browser.getWindowForTarget"))!.Value;
        var bars = Chromium.Height - await page.EvaluateAsync<int>("() => innerHeight");
        await session.SendAsync("Browser.setWindowBounds", new()
        {
            ["windowId"] = window.GetProperty("windowId").GetInt32(),
            ["bounds"] = new Dictionary<string, object> { ["height"] = window.GetProperty("bounds").GetProperty("height").GetInt32() + bars },
        });
        await page.WaitForFunctionAsync(
            "([width, height]) => innerWidth === width && innerHeight === height",
            new[] { Chromium.Width, Chromium.Height },
            new() { PollingInterval = 100 });
        await session.DetachAsync();
    }
}
