using System.Runtime.InteropServices;

namespace Kairos;

/// <summary>
/// What was counted of completed requests since an incarnation (or the cluster) began. Only ever grows, so that the larger of two is the newer.
/// </summary>
/// <param name="Responses1xx">Responses with an informational status, 101 (upgraded connections) above all.</param>
/// <param name="Responses2xx">Responses with a status of success.</param>
/// <param name="Responses3xx">Redirections.</param>
/// <param name="Responses4xx">Errors of the client, a client that went away (499) included.</param>
/// <param name="Responses5xx">Errors of the gateway or a destination.</param>
/// <param name="ResponsesOther">Responses with a status outside 100 to 599.</param>
/// <param name="TimedRequests">Requests whose duration counts: all but upgraded connections and event streams.</param>
/// <param name="DurationMicroseconds">The sum of those durations, to the last byte of the response.</param>
/// <remarks>Nothing but fields of 64 bits, so that sums, maxima and the packed form in storage go over <see cref="FieldsOf"/>.</remarks>
[GenerateSerializer, Immutable, Alias("Kairos.RequestCounters")]
[StructLayout(LayoutKind.Sequential)]
public readonly record struct RequestCounters(
    [property: Id(0)] long Responses1xx,
    [property: Id(1)] long Responses2xx,
    [property: Id(2)] long Responses3xx,
    [property: Id(3)] long Responses4xx,
    [property: Id(4)] long Responses5xx,
    [property: Id(5)] long ResponsesOther,
    [property: Id(6)] long TimedRequests,
    [property: Id(7)] long DurationMicroseconds)
{
    /// <summary>How many fields there are; their order is that of storage, new ones come last.</summary>
    public const int FieldCount = 13;

    /// <summary>
    /// Bytes of request bodies received from clients. A body that is larger than 64 KiB or of unknown length counts as it is read, so also
    /// what there was of one that broke off; a smaller one by its Content-Length when the request is complete, and not at all when it
    /// failed. Upgraded connections count all that they relay.
    /// </summary>
    [Id(8)]
    public long BytesReceived { get; init; }

    /// <summary>
    /// Bytes of response bodies sent to clients, counted as those received. Sent is what the server has taken: of a response that a client
    /// left, what was in buffers too.
    /// </summary>
    [Id(9)]
    public long BytesSent { get; init; }

    /// <summary>Requests that failed because no connection to a destination could be made.</summary>
    [Id(10)]
    public long ConnectErrors { get; init; }

    /// <summary>Requests that failed because a destination did not answer in time.</summary>
    [Id(11)]
    public long TimeoutErrors { get; init; }

    /// <summary>Requests that failed because a destination broke off the connection.</summary>
    [Id(12)]
    public long ResetErrors { get; init; }

    /// <summary>Every request completed.</summary>
    public long Requests => Responses1xx + Responses2xx + Responses3xx + Responses4xx + Responses5xx + ResponsesOther;

    /// <summary>The guide's <c>requests_success</c>: 2xx.</summary>
    public long Successes => Responses2xx;

    /// <summary>The guide's <c>requests_error</c>: 4xx and 5xx.</summary>
    public long Errors => Responses4xx + Responses5xx;

    /// <summary>Counts of two sources together.</summary>
    public static RequestCounters operator +(RequestCounters a, RequestCounters b)
    {
        var into = FieldsOf(ref a);
        var from = FieldsOf(ref b);
        for (var i = 0; i < FieldCount; i++)
        {
            into[i] += from[i];
        }

        return a;
    }

    /// <summary>What <paramref name="a"/> has beyond <paramref name="b"/>.</summary>
    public static RequestCounters operator -(RequestCounters a, RequestCounters b)
    {
        var into = FieldsOf(ref a);
        var from = FieldsOf(ref b);
        for (var i = 0; i < FieldCount; i++)
        {
            into[i] -= from[i];
        }

        return a;
    }

    /// <summary>Merge by maximum, field by field: loss, repeats and reordering of cumulative values are harmless.</summary>
    public static RequestCounters Max(RequestCounters a, RequestCounters b)
    {
        var into = FieldsOf(ref a);
        var from = FieldsOf(ref b);
        for (var i = 0; i < FieldCount; i++)
        {
            into[i] = Math.Max(into[i], from[i]);
        }

        return a;
    }

    /// <summary>The fields of a local value, to be read or written one after another.</summary>
    public static Span<long> FieldsOf(ref RequestCounters counters) =>
        MemoryMarshal.Cast<RequestCounters, long>(MemoryMarshal.CreateSpan(ref counters, 1));
}
