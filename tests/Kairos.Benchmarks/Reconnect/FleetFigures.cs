namespace Kairos.Benchmarks;

/// <summary>How the clients stand in the absence under way. From the fleet's process to the benchmark's; timestamps hold in both.</summary>
internal sealed record FleetFigures
{
    /// <summary>Clients that have their subscription, ever.</summary>
    public int Begun { get; init; }

    public long[] BackAt { get; init; } = [];

    public long[] CaughtUpAt { get; init; } = [];

    public long[] LiveAt { get; init; } = [];

    public int Resumed { get; init; }

    public int Recovered { get; init; }

    public int Attempts { get; init; }

    public int SnapshotsMissed { get; init; }

    public int Gaps { get; init; }

    public int Missing { get; init; }

    public int Doubled { get; init; }

    /// <summary>How clients were refused, and how often.</summary>
    public Dictionary<string, int> Refused { get; init; } = [];

    /// <summary>Why Snapshots are not continued, and how often.</summary>
    public Dictionary<string, int> Reasons { get; init; } = [];
}
