using System.Globalization;
using System.Text.RegularExpressions;

namespace Kairos.Benchmarks;

/// <summary>Load by wrk: connections that each send the next request when the last is answered; it opens them anew where the server closes them.</summary>
internal sealed partial class Wrk(ProxyOptions options, string? script)
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

    /// <inheritdoc cref="LoadInTurn"/>
    /// <remarks>
    /// A wrk for each address, of which all but one are stopped by a signal: a turn is then far shorter than wrk could run for, and wrk's own count
    /// still holds.
    /// </remarks>
    public async Task<long[]> LoadInTurnAsync(IReadOnlyList<string> urls, int seconds)
    {
        var began = TimeProvider.System.GetTimestamp();
        ChildProcess[] all = [.. urls.Select(url => Start(url, seconds))];
        try
        {
            Array.ForEach(all[1..], waiting => waiting.Pause());
            for (var turn = 0; TimeProvider.System.GetElapsedTime(began).TotalSeconds < seconds; turn++)
            {
                await Task.Delay(Turn, TimeProvider.System);
                all[turn % all.Length].Pause();
                all[(turn + 1) % all.Length].Resume();
            }

            Array.ForEach(all, process => process.Resume());
            var answered = new long[all.Length];
            for (var i = 0; i < all.Length; i++)
            {
                answered[i] = RequestsOf(await all[i].WaitAsync(), urls[i]);
            }

            return answered;
        }
        finally
        {
            foreach (var process in all)
            {
                await process.DisposeAsync();
            }
        }
    }

    private static long RequestsOf(string output, string url) =>
        output.Contains("Non-2xx", StringComparison.Ordinal) || output.Contains("Socket errors", StringComparison.Ordinal)
            ? throw new BenchmarkException($"Some requests to {url} failed, so their cost means nothing:\n{output}")
            : long.Parse(RequestsIn().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);

    private ChildProcess Start(string url, int seconds)
    {
        string[] paced = ["-t1", $"-c{options.Connections}", $"-d{seconds}s"];
        string[] closing = options.NewConnections ? ["-H", "Connection: close"] : [];
        string[] asking = script is null ? [] : ["-s", script];
        return ChildProcess.Start(Program, [.. paced, .. closing, .. asking, url], AppContext.BaseDirectory);
    }

    [GeneratedRegex(@"(\d+) requests in ")]
    private static partial Regex RequestsIn();
}
