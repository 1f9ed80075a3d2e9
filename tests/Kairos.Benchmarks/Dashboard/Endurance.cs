using System.Text.Json;
using Microsoft.Playwright;

namespace Kairos.Benchmarks;

/// <summary>What a page held after garbage was collected.</summary>
/// <param name="Minute">Since the first minute began.</param>
/// <param name="Kilobytes">Of JavaScript's heap.</param>
/// <param name="Nodes">Of the DOM, those without a document included.</param>
/// <param name="Listeners">On them.</param>
internal sealed record PageMemory(int Minute, double Kilobytes, int Nodes, int Listeners);

/// <summary>Memory of a page that stays open, minute by minute.</summary>
internal static class Endurance
{
    /// <summary>From which on the page's charts and trends, ten minutes each, drop as much as they add: what grows still is a leak.</summary>
    public const int FullMinute = 11;

    public static async Task<List<PageMemory>> MeasureAsync(OpenDashboard dashboard, BusyGateway gateway, int minutes)
    {
        var read = new List<PageMemory>(minutes + 1);
        await using var browser = await dashboard.Chromium.AttachAsync();
        var page = dashboard.PageOf(browser);
        var session = await page.Context.NewCDPSessionAsync(page);
        var began = TimeProvider.System.GetTimestamp();
        Console.WriteLine($"{"minute",6} {"heap, KB",10} {"DOM nodes",10} {"listeners",10}");
        for (var minute = 0; minute <= minutes; minute++)
        {
            var wait = TimeSpan.FromMinutes(minute) - TimeProvider.System.GetElapsedTime(began);
            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, TimeProvider.System);
            gateway.ThrowIfFailed();
            var memory = await ReadAsync(session, minute);
            Console.WriteLine(FormattableString.Invariant($"{minute,6} {memory.Kilobytes,10:0} {memory.Nodes,10} {memory.Listeners,10}"));
            read.Add(memory);
        }

        return read;
    }

    /// <summary>Kilobytes that the heap grew by from a minute to the end, and its slope by least squares in kilobytes a minute.</summary>
    public static string DescribeGrowth(List<PageMemory> read, int from, out double growth)
    {
        var counted = read.FindAll(memory => memory.Minute >= from);
        var (minute, kilobytes) = (counted.Average(memory => memory.Minute), counted.Average(memory => memory.Kilobytes));
        var slope = counted.Sum(memory => (memory.Minute - minute) * (memory.Kilobytes - kilobytes)) / counted.Sum(memory => Math.Pow(memory.Minute - minute, 2));
        growth = counted[^1].Kilobytes - counted[0].Kilobytes;
        return FormattableString.Invariant($"{growth:+0;-0;0} KB, slope {slope:+0.0;-0.0;0.0} KB/min");
    }

    private static async Task<PageMemory> ReadAsync(ICDPSession session, int minute)
    {
        await session.SendAsync("HeapProfiler.collectGarbage");
        var heap = await AskAsync(session, "Runtime.getHeapUsage");
        var dom = await AskAsync(session, "Memory.getDOMCounters");
        return new(minute, heap.GetProperty("usedSize").GetDouble() / 1024, dom.GetProperty("nodes").GetInt32(), dom.GetProperty("jsEventListeners").GetInt32());
    }

    private static async Task<JsonElement> AskAsync(ICDPSession session, string method) =>
        await session.SendAsync(method) ?? throw new BenchmarkException($"Chromium answered {method} with nothing.");
}
