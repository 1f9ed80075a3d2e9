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
            using var response = await http.GetAsync(paths[i % paths.Count], stop);
            statuses.Add((int)response.StatusCode);
        });
        return Tally.Of(statuses);
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
}
