namespace Kairos.Client;

/// <summary>What a stream is about.</summary>
public enum MetricsStreamPhase
{
    /// <summary>Nobody reads: there is no connection.</summary>
    Closed,

    /// <summary>A node is asked for a connection.</summary>
    Connecting,

    /// <summary>A node sends events.</summary>
    Open,

    /// <summary>Between two attempts.</summary>
    Waiting,
}
