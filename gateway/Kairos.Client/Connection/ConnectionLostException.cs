using System.Net;

namespace Kairos.Client;

/// <summary>A connection was not made, or has ended, and another may do better.</summary>
/// <param name="reason">In a few words.</param>
/// <param name="inner">What it comes from.</param>
internal sealed class ConnectionLostException(string reason, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>Another attempt soon would end the same way.</summary>
    public bool IsMistake { get; init; }

    /// <summary>The code that the node closed it with.</summary>
    public int? CloseCode { get; init; }

    /// <summary>What the node answered in place of a connection.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>How long the node asks to wait; zero when it does not.</summary>
    public TimeSpan RetryAfter { get; init; }
}
