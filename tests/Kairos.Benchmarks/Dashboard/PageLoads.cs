using System.Text.Json;
using Microsoft.Playwright;

namespace Kairos.Benchmarks;

/// <summary>One load of the page with an empty cache. Times are milliseconds from the start of the navigation.</summary>
/// <param name="Figures">Until the total of requests was painted.</param>
/// <param name="Charts">Until the charts were painted with their history.</param>
/// <param name="Responses">That were complete when the figures were painted.</param>
/// <param name="BodyBytes">Of those, as they were sent.</param>
/// <param name="Frames">That the socket had brought by then.</param>
/// <param name="FrameBytes">Of those, decoded.</param>
internal sealed record PageLoad(double Figures, double Charts, int Responses, long BodyBytes, int Frames, long FrameBytes);

/// <summary>Loads the page again and again, each time as in a new profile, and has the page itself note what happened when.</summary>
internal static class PageLoads
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // A frame is painted when a task runs that its animation callback has posted.
    private const string Watch =
        """
        window.kairosLoad = new Promise((resolve) => {
          let frames = 0, frameBytes = 0, hasFigures = false, hasCharts = false;
          const load = {};
          window.WebSocket = class extends WebSocket {
            constructor(...address) {
              super(...address);
              this.addEventListener('message', ({ data }) => { frames++; frameBytes += data.length; });
            }
          };
          const whenPainted = (note) => requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => { note(performance.now()); if (load.charts && load.figures) resolve(JSON.stringify(load)); };
            port2.postMessage(null);
          });
          const noteFigures = (now) => {
            const sizes = performance.getEntries().filter((entry) => entry.encodedBodySize > 0).map((entry) => entry.encodedBodySize);
            Object.assign(load, { figures: now, responses: sizes.length, bodyBytes: sizes.reduce((sum, size) => sum + size, 0), frames, frameBytes });
          };
          const observer = new MutationObserver(() => {
            if (!hasFigures && /\d/.test(document.querySelector('[data-figure=requests_total]')?.textContent ?? '')) {
              hasFigures = true;
              whenPainted(noteFigures);
            }
            if (!hasCharts && document.querySelector('[data-chart=requests] .plot')?.ariaLabel?.includes(' since ')) {
              hasCharts = true;
              whenPainted((now) => { load.charts = now; });
            }
            if (hasFigures && hasCharts) observer.disconnect();
          });
          observer.observe(document, { subtree: true, childList: true, characterData: true, attributeFilter: ['aria-label'] });
        });
        """;

    public static async Task<List<PageLoad>> MeasureAsync(Chromium chromium, BusyGateway gateway, int count)
    {
        var loads = new List<PageLoad>(count);
        await using var browser = await chromium.AttachAsync();
        while (loads.Count < count)
        {
            loads.Add(await LoadAsync(browser, gateway.Dashboard));
            gateway.ThrowIfFailed();
        }

        return loads;
    }

    private static async Task<PageLoad> LoadAsync(IBrowser browser, string url)
    {
        await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = Chromium.Width, Height = Chromium.Height } });
        await context.AddInitScriptAsync(Watch);
        var page = await context.NewPageAsync();
        await page.GotoAsync(url, new() { WaitUntil = WaitUntilState.Commit });
        var load = await page.EvaluateAsync<string>("() => window.kairosLoad").WaitAsync(Patience, TimeProvider.System);
        return JsonSerializer.Deserialize<PageLoad>(load, JsonSerializerOptions.Web)!;
    }
}
