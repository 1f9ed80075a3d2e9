namespace Kairos.Benchmarks;

/// <summary>CPU of a browser with the dashboard and of one with an empty page over the same seconds, in percent of one core.</summary>
/// <param name="Began">A timestamp.</param>
/// <param name="Ended">A timestamp.</param>
/// <param name="Dashboard">Of the one with the dashboard.</param>
/// <param name="Empty">Of the other.</param>
internal sealed record CpuWindow(long Began, long Ended, double Dashboard, double Empty)
{
    public double Difference => Dashboard - Empty;

    public double Minutes => TimeProvider.System.GetElapsedTime(Began, Ended).TotalMinutes;

    public static async Task<List<CpuWindow>> MeasureAsync(DashboardOptions options, BusyGateway gateway, Chromium dashboard, Chromium empty)
    {
        var windows = new List<CpuWindow>(options.Windows);
        while (windows.Count < options.Windows)
        {
            var (began, dashboardBefore, emptyBefore) = (TimeProvider.System.GetTimestamp(), dashboard.CpuSeconds, empty.CpuSeconds);
            await Task.Delay(TimeSpan.FromSeconds(options.Seconds), TimeProvider.System);
            var (ended, dashboardAfter, emptyAfter) = (TimeProvider.System.GetTimestamp(), dashboard.CpuSeconds, empty.CpuSeconds);
            gateway.ThrowIfFailed();
            var percent = 100 / TimeProvider.System.GetElapsedTime(began, ended).TotalSeconds;
            windows.Add(new(began, ended, (dashboardAfter - dashboardBefore) * percent, (emptyAfter - emptyBefore) * percent));
        }

        return windows;
    }
}
