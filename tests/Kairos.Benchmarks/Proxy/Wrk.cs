using System.Globalization;
using System.Text.RegularExpressions;

namespace Kairos.Benchmarks;

/// <summary>Load by wrk: keep-alive connections that each send the next request when the last is answered.</summary>
internal sealed partial class Wrk(int connections, string? script)
{
    private const string Program = "wrk";
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    public static void Require() => Installed.Require(Program, "it makes the load");

    /// <summary>A script that asks for the routes in turn, so that each is as busy as the others; none for one route.</summary>
    public static string? WriteScript(Scratch scratch, int routes)
    {
        if (routes == 1)
        {
            return null;
        }

        var path = Path.Combine(scratch.Path, "routes.lua");
        File.WriteAllText(path, $$"""
            local requests, next = {}, 0
            function init(args)
              for i = 1, {{routes}} do requests[i] = wrk.format("GET", "/r" .. i .. "/items/1") end
            end
            function request()
              next = next % {{routes}} + 1
              return requests[next]
            end
            """);
        return path;
    }

    /// <summary>
    /// Loads two addresses in turn for so long; returns the number of answered requests of each. Two wrk run, one of which is always
    /// stopped by a signal: a turn is then far shorter than wrk could run for, and wrk's own count still holds.
    /// </summary>
    public async Task<(long First, long Second)> LoadInTurnAsync(string first, string second, int seconds)
    {
        var began = TimeProvider.System.GetTimestamp();
        await using var running = Start(first, seconds);
        await using var waiting = Start(second, seconds);
        waiting.Pause();
        for (var (on, off) = (running, waiting); TimeProvider.System.GetElapsedTime(began).TotalSeconds < seconds; (on, off) = (off, on))
        {
            await Task.Delay(Turn, TimeProvider.System);
            on.Pause();
            off.Resume();
        }

        running.Resume();
        waiting.Resume();
        return (RequestsOf(await running.WaitAsync(), first), RequestsOf(await waiting.WaitAsync(), second));
    }

    private static long RequestsOf(string output, string url) =>
        output.Contains("Non-2xx", StringComparison.Ordinal) || output.Contains("Socket errors", StringComparison.Ordinal)
            ? throw new BenchmarkException($"Some requests to {url} failed, so their cost means nothing:\n{output}")
            : long.Parse(RequestsIn().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);

    private ChildProcess Start(string url, int seconds)
    {
        string[] paced = ["-t1", $"-c{connections}", $"-d{seconds}s"];
        string[] arguments = script is null ? [.. paced, url] : [.. paced, "-s", script, url];
        return ChildProcess.Start(Program, arguments, AppContext.BaseDirectory);
    }

    [GeneratedRegex(@"(\d+) requests in ")]
    private static partial Regex RequestsIn();
}
