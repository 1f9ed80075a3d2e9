namespace Kairos.Gateway;

/// <summary>A valid subscription message.</summary>
/// <param name="Metrics">What was chosen; empty and absent choices are resolved.</param>
/// <param name="IntervalSeconds">1 to 60.</param>
/// <param name="IncludeHistory">The last hour is wanted first.</param>
internal sealed record SubscriptionRequest(MetricSet Metrics, int IntervalSeconds, bool IncludeHistory)
{
    /// <summary>What a client gets that never subscribed.</summary>
    public static readonly SubscriptionRequest Default = new(MetricTable.Guide, 1, false);

    /// <summary>In the terms of the session grain.</summary>
    public Subscription ToSubscription() => new([.. Metrics.Metrics.Select(metric => metric.Name)], IntervalSeconds);
}
