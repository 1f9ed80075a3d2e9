using System.Net;

namespace Kairos.Client;

/// <summary>
/// Every node refused the session or the last tick as not valid. What a node says about it is in the body of its answer, which a WebSocket
/// client does not get to see.
/// </summary>
public sealed class MetricsStreamRefusedException : Exception
{
    internal MetricsStreamRefusedException(HttpStatusCode status, Uri url)
        : base($"{url} answered {(int)status}: the session's id or the last tick is not valid, or the tick is ahead of the node's clock.")
    {
        StatusCode = status;
        Url = url;
    }

    /// <summary>What the last node answered.</summary>
    public HttpStatusCode StatusCode { get; }

    /// <summary>What it was asked.</summary>
    public Uri Url { get; }
}
