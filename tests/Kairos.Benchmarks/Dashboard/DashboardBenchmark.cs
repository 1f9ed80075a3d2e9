using Microsoft.Playwright;

namespace Kairos.Benchmarks;

/// <summary>
/// What the dashboard costs whoever opens it: time until it shows data, bytes until then, CPU of the whole browser while it is seen and while it
/// is hidden, and memory of a page that stays open. The page whose CPU is measured is the one that has stayed open, so that its charts and
/// trends are as full as they have become. Baseline: the same browser with an empty page, over the same seconds.
/// </summary>
internal static class DashboardBenchmark
{
    // The page itself waits 5 s before it goes quiet.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var options = DashboardOptions.From(arguments);
        Chromium.Require();
        Machine.Print();
        Console.WriteLine($"{options}; {SteadyTraffic.PerSecond} requests a second over all routes");
        using var scratch = new Scratch();
        await using var gateway = await BusyGateway.StartAsync(options.Routes, scratch);
        try
        {
            using var playwright = await Playwright.CreateAsync();
            var others = new OthersUse(() => CpuTime.OfTree(Environment.ProcessId));
            var figures = await MeasureAsync(options, gateway, playwright, scratch);
            Console.WriteLine($"others used {others.Part:0.0%} of the machine");
            Machine.PrintLoad();
            return figures.PrintAndJudge();
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException)
        {
            throw new BenchmarkException($"The dashboard could not be measured in Chromium: {e.Message}");
        }
    }

    private static async Task<DashboardFigures> MeasureAsync(DashboardOptions options, BusyGateway gateway, IPlaywright playwright, Scratch scratch)
    {
        var loads = await LoadAsync(options, gateway, playwright, scratch);
        await using var chromium = await Chromium.StartAsync(playwright, scratch);
        var dashboard = new OpenDashboard(chromium, gateway.Dashboard);
        await dashboard.OpenAsync(options.Routes);
        var memory = options.Minutes > 0 ? await Endurance.MeasureAsync(dashboard, gateway, options.Minutes) : [];

        await using var empty = await Chromium.StartAsync(playwright, scratch);
        await Task.Delay(Settling, TimeProvider.System);
        var seen = await CpuWindow.MeasureAsync(options, gateway, chromium, empty);
        Console.WriteLine($"hidden {await dashboard.HideAsync()}");
        await Task.Delay(Settling, TimeProvider.System);
        var hidden = await CpuWindow.MeasureAsync(options, gateway, chromium, empty);
        return new(loads, seen, hidden, await dashboard.CountFramesAsync(hidden), memory);
    }

    private static async Task<List<PageLoad>> LoadAsync(DashboardOptions options, BusyGateway gateway, IPlaywright playwright, Scratch scratch)
    {
        await using var chromium = await Chromium.StartAsync(playwright, scratch);
        return await PageLoads.MeasureAsync(chromium, gateway, options.Loads);
    }
}
