namespace Kairos.Benchmarks;

/// <summary>All that was measured of the dashboard, and how it is judged.</summary>
/// <param name="Loads">One after another.</param>
/// <param name="Seen">Windows of CPU with the page seen.</param>
/// <param name="Hidden">And with it hidden.</param>
/// <param name="HiddenFrames">That came in each of the latter.</param>
/// <param name="Memory">Empty when it was left out.</param>
internal sealed record DashboardFigures(List<PageLoad> Loads, List<CpuWindow> Seen, List<CpuWindow> Hidden, int[] HiddenFrames, List<PageMemory> Memory)
{
    private const double PaintMillisecondsMax = 1_000;
    private const double BodyKilobytesMax = 150;
    private const double CpuPercentMax = 5;
    private const double GrowthKilobytesMax = 512;

    public int PrintAndJudge()
    {
        FigureTable.PrintHeader();
        FigureTable.Print("first paint with data, ms", "0", Loads.Select(load => load.Figures), $"{PaintMillisecondsMax}, median and p95");
        FigureTable.Print("charts painted with their history, ms", "0", Loads.Select(load => load.Charts));
        FigureTable.Print("bodies until there was data, KB", "0.0", Loads.Select(load => load.BodyBytes / 1024.0), $"{BodyKilobytesMax}, each");
        FigureTable.Print("  responses", "0", Loads.Select(load => (double)load.Responses));
        FigureTable.Print("  besides: frames of the socket", "0", Loads.Select(load => (double)load.Frames));
        FigureTable.Print("  besides: bytes in them, decoded, KB", "0.0", Loads.Select(load => load.FrameBytes / 1024.0));
        PrintCpu("seen", Seen, $"{CpuPercentMax}, median");
        PrintCpu("hidden", Hidden, "");
        FigureTable.Print("frames while hidden, per minute", "0.0", Hidden.Zip(HiddenFrames, (window, frames) => frames / window.Minutes));
        return Judge();
    }

    private static void PrintCpu(string how, List<CpuWindow> windows, string bound)
    {
        FigureTable.Print($"CPU, {how}: the page's, % of one core", "0.00", windows.Select(window => window.Difference), bound);
        FigureTable.Print("  browser with the dashboard", "0.00", windows.Select(window => window.Dashboard));
        FigureTable.Print("  browser with an empty page", "0.00", windows.Select(window => window.Empty));
    }

    private int Judge()
    {
        var verdict = new Verdict();
        double[] paint = [.. Loads.Select(load => load.Figures).Order()];
        var (median, p95) = (Spread.Quantile(paint, 0.5), Spread.Quantile(paint, 0.95));
        var told = FormattableString.Invariant($"median {median:0} ms, p95 {p95:0} ms");
        verdict.Add("first paint with data", told, p95 <= PaintMillisecondsMax, $"{PaintMillisecondsMax} ms");

        var heaviest = Loads.Max(load => load.BodyBytes) / 1024.0;
        verdict.Add("weight until there is data", FormattableString.Invariant($"{heaviest:0.0} KB at most"), heaviest <= BodyKilobytesMax, $"{BodyKilobytesMax} KB");

        var cpu = Spread.Of(Seen.Select(window => window.Difference));
        verdict.Add("CPU of the page while seen", $"{cpu.ToString("0.00")} % of one core", cpu.Median <= CpuPercentMax, $"{CpuPercentMax} %");

        if (Memory.Count > 0)
        {
            JudgeMemory(verdict);
        }

        return verdict.ExitCode;
    }

    private void JudgeMemory(Verdict verdict)
    {
        var told = Endurance.DescribeGrowth(Memory, Endurance.FullMinute, out var growth);
        verdict.Add($"heap from minute {Endurance.FullMinute} to {Memory[^1].Minute}", told, growth < GrowthKilobytesMax, $"+{GrowthKilobytesMax} KB");
    }
}
