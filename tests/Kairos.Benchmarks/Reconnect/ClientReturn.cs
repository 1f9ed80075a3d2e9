namespace Kairos.Benchmarks;

/// <summary>How one client came back; timestamps are 0 for what has not happened. Of the client's own task.</summary>
internal sealed class ClientReturn
{
    /// <summary>The Session event came.</summary>
    public long BackAt { get; set; }

    /// <summary>Unix seconds of <see cref="BackAt"/>.</summary>
    public long BackSecond { get; set; }

    /// <summary>Everything that it missed came.</summary>
    public long CaughtUpAt { get; set; }

    /// <summary>A Snapshot that did not exist yet when it was back came.</summary>
    public long LiveAt { get; set; }

    public bool IsResumed { get; set; }

    public bool IsRecovered { get; set; }

    public int Attempts { get; set; }

    /// <summary>Snapshots since it is back, and how many those were when it had caught up.</summary>
    public int Snapshots { get; set; }

    public int SnapshotsMissed { get; set; }

    /// <summary>Session events that are not recovered.</summary>
    public int Gaps { get; set; }

    /// <summary>Snapshots that left out a tick of the grid, and those that came again.</summary>
    public int Missing { get; set; }

    public int Doubled { get; set; }
}
