using System.Text.Json.Serialization;

namespace Kairos.Gateway;

/// <summary>How a cluster is, the worse the later.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HealthWord>))]
internal enum HealthWord
{
    /// <summary>Nothing to look at; a cluster without traffic too.</summary>
    [JsonStringEnumMemberName("healthy")]
    Healthy = 0,

    /// <summary>It serves, and something is not as it should be.</summary>
    [JsonStringEnumMemberName("degraded")]
    Degraded = 1,

    /// <summary>Its clients notice.</summary>
    [JsonStringEnumMemberName("failing")]
    Failing = 2,

    /// <summary>Its metrics stand still, so that nothing can be told of its requests.</summary>
    [JsonStringEnumMemberName("stalled")]
    Stalled = 3,
}

/// <summary>The cluster's health by what one node knows of it: the one definition, for the dashboard, for scripts and for people.</summary>
/// <param name="Word">The worst that holds.</param>
/// <param name="Reasons">Sentences without a full stop, worst first; none when healthy.</param>
internal sealed record ClusterHealth(HealthWord Word, IReadOnlyList<string> Reasons)
{
    /// <summary>Without a new second for longer, the metrics stand still; a silo's death costs less (DESIGN: 3 s).</summary>
    public const int StalledSeconds = 5;

    /// <summary>Failed requests are counted over so long, or as far back as this node has snapshots.</summary>
    public const int WindowSeconds = SnapshotHub.RecentMax - 1;

    /// <summary>Fewer failed requests are no reason, whatever their share: a single one at night is not an incident.</summary>
    public const int FailedRequestsMin = 5;

    public const int FailingPercent = 10;
    public const int DegradedPercent = 1;

    /// <summary>A loss is a reason for so long.</summary>
    public const int LostSeconds = 300;

    /// <summary>A node that has reported less than the newest second by more than this is behind.</summary>
    public const int BehindSeconds = 5;

    public const int ReasonsMax = 5;
    public const int NamesMax = 3;

    /// <param name="seen">The newest snapshot, read over <see cref="WindowSeconds"/>; null before the first.</param>
    /// <param name="silence">Since that snapshot came, by elapsed time: a node's clock may be off, and then says nothing of the cluster.</param>
    /// <param name="listing">Null when nothing of the cluster answers.</param>
    public static ClusterHealth Of((Snapshot Newest, Reading LastMinute)? seen, TimeSpan silence, NodeListing? listing)
    {
        var stall = Stall(seen is not null, silence, listing);

        // Of a cluster that stands still they would be about a minute that is over.
        var now = stall is null ? seen : null;
        (HealthWord Word, string? Reason)[] rules =
        [
            (HealthWord.Stalled, stall),
            FailedRequests(now?.LastMinute.Added ?? default),
            UnhealthyDestinations(now?.LastMinute.Gauges ?? default),
            (HealthWord.Degraded, LostNodes(listing)),
            (HealthWord.Degraded, now is null ? null : Behind(listing, ApiQuery.Utc(now.Value.Newest.Tick))),
            (HealthWord.Degraded, LostSilos(listing)),
            (HealthWord.Degraded, Missing(listing)),
        ];
        var found = rules.Where(rule => rule.Reason is not null).OrderByDescending(rule => rule.Word).ToList();
        return new ClusterHealth(found is [var (worst, _), ..] ? worst : HealthWord.Healthy, [.. found.Take(ReasonsMax).Select(rule => rule.Reason!)]);
    }

    private static string? Stall(bool seen, TimeSpan silence, NodeListing? listing) =>
        !seen ? "This node has no snapshot yet"
        : silence.TotalSeconds <= StalledSeconds ? null
        : $"No new second for {Shown(silence.TotalSeconds)}{(listing is null ? ": no silo answers" : "")}";

    private static (HealthWord Word, string? Reason) FailedRequests(RequestCounters added)
    {
        var percent = added.Responses5xx < FailedRequestsMin ? 0 : 100.0 * added.Responses5xx / added.Requests;
        return percent < DegradedPercent
            ? default
            : (percent >= FailingPercent ? HealthWord.Failing : HealthWord.Degraded, $"{percent:0.##} % of the requests of the last minute failed (5xx)");
    }

    private static (HealthWord Word, string? Reason) UnhealthyDestinations(Gauges gauges) =>
        (gauges.Destinations, gauges.Destinations - gauges.DestinationsHealthy) switch
        {
            (_, <= 0) => default,
            _ when gauges.DestinationsHealthy == 0 => (HealthWord.Failing, "No destination is healthy"),
            var (all, unhealthy) => (HealthWord.Degraded, $"{unhealthy} of {all} destinations {(unhealthy == 1 ? "is" : "are")} unhealthy"),
        };

    private static string? LostNodes(NodeListing? listing) => Lost("Node", (listing?.Nodes ?? [])
        .Where(node => node.State == NodeEntry.Gone && !node.SaidGoodbye).Select(node => (node.Id, node.LastReportAgeSeconds)));

    private static string? LostSilos(NodeListing? listing) => listing is null ? null : Lost("Silo", listing.LatestSilos()
        .Where(silo => silo.State == SiloEntry.Dead && !silo.SaidGoodbye).Select(silo => (silo.Address, (listing.AsOf - silo.LastAlive).TotalSeconds)));

    private static string? Lost(string kind, IEnumerable<(string Name, double SecondsAgo)> all) => all.Where(one => one.SecondsAgo < LostSeconds).ToList() switch
    {
        [] => null,
        [var (name, secondsAgo)] => $"{kind} {name} was lost {Shown(secondsAgo)} ago",
        var lost => $"{kind}s {Named([.. lost.Select(one => one.Name)])} were lost in the last {LostSeconds / 60} minutes",
    };

    private static string? Behind(NodeListing? listing, DateTime newest)
    {
        var behind = (listing?.Nodes ?? []).Where(node => node.State == NodeEntry.Live)
            .Select(node => (node.Id, Seconds: (newest - node.Watermark).TotalSeconds)).Where(node => node.Seconds > BehindSeconds).ToList();
        return behind switch
        {
            [] => null,
            [var (id, seconds)] => $"Node {id} is {Shown(seconds)} behind",
            _ => $"Nodes {Named([.. behind.Select(node => node.Id)])} are more than {BehindSeconds} s behind",
        };
    }

    private static string? Missing(NodeListing? listing) =>
        listing is not { Incomplete: true } ? null
        : listing.Silos.Count == 0 ? "The membership of the silos does not answer"
        : "Not every shard answers";

    private static string Named(IReadOnlyList<string> names) => names.Count > NamesMax
        ? $"{string.Join(", ", names.Take(NamesMax))} and {names.Count - NamesMax} more"
        : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";

    /// <summary>A length of time for a sentence: seconds, and minutes from two on.</summary>
    private static string Shown(double seconds) => seconds < 120 ? $"{Math.Max((long)seconds, 0)} s" : $"{(long)(seconds / 60)} min";
}
