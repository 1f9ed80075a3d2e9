namespace Kairos.Client;

/// <summary>The scopes of one kind that have most of a metric ("Rankings" in docs/protocol.md). The node checks it.</summary>
public sealed record MetricsRanking
{
    /// <summary>Which scopes are ranked.</summary>
    public required MetricsScopeKind Of { get; init; }

    /// <summary>The metric that ranks them, highest first.</summary>
    public required string By { get; init; }

    /// <summary>How many, 1 to 200.</summary>
    public int N { get; init; } = 10;

    /// <summary>Further metrics to tell of each, by name; <c>*</c> for all.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>Seconds between two TopN events, 1 to 60; rates and percentiles cover them.</summary>
    public int IntervalSeconds { get; init; } = 1;
}
