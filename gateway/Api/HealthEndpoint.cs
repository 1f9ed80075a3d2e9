namespace Kairos.Gateway;

/// <summary>
/// <c>GET /kairos/api/health</c>: how the cluster is, for people and scripts. Always 200: balancers ask <c>/health/ready</c>, which is about this
/// node alone.
/// </summary>
internal static class HealthEndpoint
{
    public static async Task<IResult> GetAsync(HttpContext context, SnapshotHub hub, NodeDirectory directory, TimeProvider timeProvider)
    {
        context.Response.Headers.CacheControl = "no-store";
        var listing = await directory.GetAsync();
        var asOf = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        return TypedResults.Json(AnswerOf(asOf, hub.Read(ClusterHealth.WindowSeconds), hub.LatestAge, listing), ApiJson.Default.HealthAnswer);
    }

    /// <param name="asOf">Unix milliseconds.</param>
    /// <param name="seen">The newest snapshot, read over the last minute; null before the first.</param>
    /// <param name="silence">Since that snapshot came; before the first, since the node began.</param>
    /// <param name="listing">Null when nothing of the cluster answers.</param>
    public static HealthAnswer AnswerOf(long asOf, (Snapshot Newest, Reading LastMinute)? seen, TimeSpan silence, NodeListing? listing)
    {
        var tick = seen?.Newest.Tick;
        var health = ClusterHealth.Of(seen, silence, listing);
        var (nodes, silos) = (Known(listing, listing?.Nodes), Known(listing, listing?.LatestSilos().ToList()));
        return new HealthAnswer(
            DateTimeOffset.FromUnixTimeMilliseconds(asOf).UtcDateTime,
            health.Word,
            health.Reasons,
            tick is { } at ? ApiQuery.Utc(at) : null,
            tick is { } then ? Math.Round(Math.Max(asOf - (then * 1_000), 0) / 1000.0, 2) : null,
            nodes?.Count(node => node.State != NodeEntry.Gone),
            nodes?.Count(node => !node.SaidGoodbye),
            silos?.Count(silo => silo.State == SiloEntry.Active),
            silos?.Count(silo => !silo.SaidGoodbye));
    }

    /// <summary>Null where it cannot be told: an empty list of an incomplete answer does not say that there is none.</summary>
    private static IReadOnlyList<T>? Known<T>(NodeListing? listing, IReadOnlyList<T>? entries) => listing is { Incomplete: true } && entries is [] ? null : entries;
}

/// <summary>The answer of <c>/kairos/api/health</c>. What is about nodes and silos is null when nothing of the cluster tells it.</summary>
/// <param name="AsOf">When it was asked, by this node's clock, in milliseconds.</param>
/// <param name="Health">The worst that holds.</param>
/// <param name="Reasons">Sentences without a full stop, worst first; none when healthy.</param>
/// <param name="LastTick">The newest second that this node has; null before the first.</param>
/// <param name="AgeSeconds">From there to <paramref name="AsOf"/>, to two decimals; null before the first.</param>
/// <param name="NodesLive">Gateway nodes that are there, draining ones included.</param>
/// <param name="NodesKnown">Those, and the ones lost in the last hour.</param>
/// <param name="SilosActive">Silos that are active.</param>
/// <param name="SilosKnown">All that did not stop by themselves, of each address one: so also those lost in the last hour.</param>
internal sealed record HealthAnswer(
    DateTime AsOf,
    HealthWord Health,
    IReadOnlyList<string> Reasons,
    DateTime? LastTick,
    double? AgeSeconds,
    int? NodesLive,
    int? NodesKnown,
    int? SilosActive,
    int? SilosKnown);
