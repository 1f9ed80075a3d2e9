namespace Kairos.Gateway;

/// <summary>A valid subscription message; a part that is null leaves what was before.</summary>
/// <param name="Snapshots">Which snapshots are wanted.</param>
/// <param name="History">Which history is wanted first.</param>
/// <param name="Top">Which ranking is wanted; of none of its rows, to end it.</param>
internal sealed record SubscriptionRequest(SnapshotChoice? Snapshots, HistoryChoice? History, TopChoice? Top);

/// <summary>Which snapshots are wanted.</summary>
/// <param name="Metrics">What was chosen; empty and absent choices are resolved.</param>
/// <param name="IntervalSeconds">1 to <see cref="IntervalMax"/>.</param>
/// <param name="Scope">Of what.</param>
internal sealed record SnapshotChoice(MetricSet Metrics, int IntervalSeconds, Scope Scope)
{
    /// <summary>Seconds between two snapshots, and those that rates and percentiles may cover.</summary>
    public const int IntervalMax = 60;

    /// <summary>What a client gets that never subscribed.</summary>
    public static readonly SnapshotChoice Default = new(MetricTable.Guide, 1, Scope.Cluster);

    /// <summary>As a session grain keeps it. Metrics that this version does not know are left out.</summary>
    public static SnapshotChoice Of(Subscription kept)
    {
        var metrics = kept.Metrics.Aggregate(default(MetricSet), (set, name) => set | (MetricTable.Find(name) ?? default));
        return new(metrics.Count == 0 ? MetricTable.Guide : metrics, Math.Clamp(kept.IntervalSeconds, 1, IntervalMax), kept.Scope);
    }

    /// <inheritdoc cref="Of"/>
    public Subscription ToSubscription() => new([.. Metrics.Metrics.Select(metric => metric.Name)], IntervalSeconds) { Scope = Scope };
}

/// <summary>Which ranking is wanted.</summary>
/// <param name="Query">As the series is asked.</param>
/// <param name="Of">The word for its kind on the wire.</param>
internal sealed record TopChoice(TopQuery Query, string Of);
