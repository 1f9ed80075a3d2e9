using System.Net.WebSockets;

namespace Kairos.Client;

/// <summary>Where a <see cref="MetricsStream"/> connects to, with which session, and how patiently.</summary>
public sealed record MetricsStreamOptions
{
    private const int IdLengthMin = 16;
    private const int IdLengthMax = 64;

    /// <summary>
    /// The <c>/ws/metrics</c> of any nodes of one cluster, in the order in which they are tried: after each connection that was lost the next,
    /// after the last the first. <c>ws</c> or <c>wss</c>; <c>http</c> and <c>https</c> are taken for these. A query stays.
    /// </summary>
    public required IReadOnlyList<Uri> Urls { get; init; }

    /// <summary>
    /// The session to come back to, or an id of one's own choice: 16 to 64 of <c>A-Z a-z 0-9 - _</c>, chosen at random. Null, and the first
    /// node chooses.
    /// </summary>
    public string? SessionId { get; init; }

    /// <summary>The tick of the last Snapshot that was stored, in Unix seconds, to continue after it; only with <see cref="SessionId"/>.</summary>
    public long? LastTick { get; init; }

    /// <summary>Before the first new attempt to connect; doubled by each that fails. Half of it to the whole passes, at random.</summary>
    public TimeSpan RetryMin { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Before a new attempt at most, but for what a node asks by Retry-After.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A connection on which nothing came for so long is given up; a Heartbeat comes every 30 s.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>For whatever else a connection needs, such as headers, certificates and proxies; called for each.</summary>
    public Action<ClientWebSocketOptions>? ConfigureSocket { get; init; }

    /// <summary>Where time comes from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <exception cref="ArgumentException">With a sentence for each mistake.</exception>
    internal void Check()
    {
        var mistakes = Mistakes().ToArray();
        if (mistakes.Length > 0)
        {
            throw new ArgumentException(string.Join(' ', mistakes));
        }
    }

    private IEnumerable<string> Mistakes()
    {
        if (Urls.Count == 0)
        {
            yield return "Urls is empty: name the /ws/metrics of one node at least.";
        }

        foreach (var url in Urls)
        {
            if (!url.IsAbsoluteUri || url.Scheme is not ("ws" or "wss" or "http" or "https"))
            {
                yield return $"Urls has '{url}', which is no address that begins with ws://, wss://, http:// or https://.";
            }
        }

        if (SessionId is not null && !IsId(SessionId))
        {
            yield return $"SessionId is '{SessionId}': it has {IdLengthMin} to {IdLengthMax} of A-Z a-z 0-9 - _.";
        }

        if (LastTick is not null && SessionId is null)
        {
            yield return "LastTick is given without a SessionId: it is the tick of a session.";
        }

        if (LastTick < 0)
        {
            yield return $"LastTick is {LastTick}: it is in Unix seconds.";
        }

        if (RetryMin <= TimeSpan.Zero || RetryMax < RetryMin)
        {
            yield return $"RetryMin is {RetryMin} and RetryMax {RetryMax}: they are more than 0, and the second not less than the first.";
        }

        if (SilenceMax <= TimeSpan.Zero)
        {
            yield return $"SilenceMax is {SilenceMax}: it is more than 0.";
        }
    }

    private static bool IsId(string id) =>
        id.Length is >= IdLengthMin and <= IdLengthMax && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
