using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Kairos.Tests.EndToEnd;

/// <summary>A client that keeps its own count of what it got.</summary>
internal static class Traffic
{
    private const int Concurrency = 16;

    /// <summary>Every kind of answer that a gateway gives, from destinations and of its own.</summary>
    public static readonly string[] MixedPaths =
    [
        "d/status/200", "d/status/204", "d/status/301", "d/status/404", "d/status/500", "d/status/503",
        "dead/anything", "no-such-route", "d/bytes/3000", "d/slow?ms=3",
    ];

    /// <summary>Sends so many requests, taking turns among the paths, each to the end of its response.</summary>
    public static async Task<Tally> SendAsync(
        HttpClient http, int count, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var statuses = new ConcurrentBag<int>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, count, options, async (i, stop) =>
        {
            statuses.Add(await GetStatusAsync(http, paths[i % paths.Count], stop));
        });
        return Tally.Of(statuses);
    }

    /// <summary>Begins so many requests a second, whether or not those before were answered, until it is told to stop; then awaits them all.</summary>
    public static async Task<Tally> SendSteadilyAsync(HttpClient http, int perSecond, IReadOnlyList<string> paths, CancellationToken stopped)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / perSecond), TimeProvider.System);
        var statuses = new List<Task<int>>();
        try
        {
            while (await timer.WaitForNextTickAsync(stopped))
                statuses.Add(GetStatusAsync(http, paths[statuses.Count % paths.Count], CancellationToken.None));
        }
        catch (OperationCanceledException)
        {
            // It was told to stop.
        }

        return Tally.Of(await Task.WhenAll(statuses));
    }

    /// <summary>Sends until the gateway is gone or it is told to stop; how many requests it began.</summary>
    public static async Task<int> SendUntilGoneAsync(HttpClient http, string path, CancellationToken cancellationToken)
    {
        for (var begun = 1; ; begun++)
        {
            try
            {
                using var response = await http.GetAsync(path, cancellationToken);
            }
            catch (Exception fault) when (fault is HttpRequestException or SocketException or OperationCanceledException)
            {
                return begun;
            }
        }
    }

    private static async Task<int> GetStatusAsync(HttpClient http, string path, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(path, cancellationToken);
        return (int)response.StatusCode;
    }
}
