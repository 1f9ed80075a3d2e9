namespace Kairos.Client;

/// <summary>How a session can end for a client that reads it; the values are the close codes of docs/protocol.md.</summary>
public enum MetricsSessionEnd
{
    /// <summary>Another client has the id. To read on is to take the session from it.</summary>
    TakenOver = 4001,

    /// <summary>An operator closed it. To read on begins it anew, with a gap.</summary>
    Closed = 4002,
}
