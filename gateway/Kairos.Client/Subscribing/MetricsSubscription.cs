namespace Kairos.Client;

/// <summary>Which Snapshots are wanted ("Subscribing" in docs/protocol.md). The node checks it, and answers mistakes with an <see cref="ErrorEvent"/>.</summary>
public sealed record MetricsSubscription
{
    private static readonly string[] Guide =
        ["requests_total", "requests_success", "requests_error", "active_connections", "avg_response_time", "success_rate"];

    /// <summary>Metrics by name, at most 100; none for the guide's six, <c>*</c> for all that the scope has.</summary>
    public required IReadOnlyList<string> Metrics { get; init; }

    /// <summary>Seconds between Snapshots, 1 to 60.</summary>
    public int IntervalSeconds { get; init; } = 1;

    /// <summary>What the Snapshots and the history are of; null for the whole cluster.</summary>
    public MetricsScope? Scope { get; init; }

    /// <summary>The history first, once: not again on a connection that continues the subscription.</summary>
    public bool IncludeHistory { get; init; }

    /// <summary>How far back the history goes, in seconds; 3,600 when null.</summary>
    public int? HistorySeconds { get; init; }

    /// <summary>The width of a point of the history, in seconds; the smallest that fits when null.</summary>
    public int? HistoryStepSeconds { get; init; }

    private bool WantsAll => Metrics.Contains("*");

    /// <summary>The Snapshots of the other are certainly the same.</summary>
    internal bool Means(MetricsSubscription? other) => FitsBeside(other) && Names().SetEquals(other!.Names());

    /// <summary>They may be the same: only a node knows what <c>*</c> is.</summary>
    internal bool MayMean(MetricsSubscription other) => FitsBeside(other) && (WantsAll || Names().SetEquals(other.Names()));

    private bool FitsBeside(MetricsSubscription? other) => other is not null && IntervalSeconds == other.IntervalSeconds && Scope == other.Scope;

    private HashSet<string> Names() => Metrics.Count == 0
        ? [.. Guide]
        : [.. Metrics.Select(name => name == "response_time_avg" ? "avg_response_time" : name)];
}
