using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Which word the cluster's health is, and why.</summary>
public sealed class ClusterHealthTests
{
    private const long T = Make.Tick;

    private static readonly NodeListing Well = Listed([Node("gw-1"), Node("gw-2")], [Silo("10.0.0.1:11111"), Silo("10.0.0.2:11111")]);

    [Theory]
    [InlineData(0, 0, 5_000, "Healthy")]
    [InlineData(1_000, 0, 0, "Healthy")]
    [InlineData(0, 4, 0, "Healthy")]
    [InlineData(496, 4, 0, "Healthy")]
    [InlineData(496, 5, 0, "Healthy")]
    [InlineData(495, 5, 0, "Degraded: 1 % of the requests of the last minute failed (5xx)")]
    [InlineData(165, 5, 0, "Degraded: 2.94 % of the requests of the last minute failed (5xx)")]
    [InlineData(91, 10, 0, "Degraded: 9.9 % of the requests of the last minute failed (5xx)")]
    [InlineData(90, 10, 0, "Failing: 10 % of the requests of the last minute failed (5xx)")]
    [InlineData(0, 5, 0, "Failing: 100 % of the requests of the last minute failed (5xx)")]
    [InlineData(0, 0, 5_001, "Stalled: No new second for 5 s")]
    [InlineData(90, 10, 12_400, "Stalled: No new second for 12 s")]
    [InlineData(90, 10, 3_600_000, "Stalled: No new second for 60 min")]
    public void Of_RequestsOfTheLastMinute_NamesTheShareThatFailed(long successes, long errors, int silenceMilliseconds, string expected) =>
        Assert.Equal(expected, Shown(ClusterHealth.Of(Seen(Make.Counters(successes, errors)), TimeSpan.FromMilliseconds(silenceMilliseconds), Well)));

    [Fact]
    public void Of_RequestsThatAreTheClientsFault_AreNoReason() =>
        Assert.Equal("Healthy", Shown(ClusterHealth.Of(Seen(new RequestCounters(0, 0, 0, 100, 0, 0, 100, 1)), default, Well)));

    [Theory]
    [InlineData(0, 0, "Healthy")]
    [InlineData(8, 8, "Healthy")]
    [InlineData(8, 7, "Degraded: 1 of 8 destinations is unhealthy")]
    [InlineData(8, 1, "Degraded: 7 of 8 destinations are unhealthy")]
    [InlineData(8, 0, "Failing: No destination is healthy")]
    public void Of_Destinations_NamesHowManyAreUnhealthy(int all, int healthy, string expected) =>
        Assert.Equal(expected, Shown(ClusterHealth.Of(Seen(default, new Gauges(0, Destinations: all, DestinationsHealthy: healthy)), default, Well)));

    [Theory]
    [InlineData("gw-1 live 1, gw-2 draining 2", "Healthy")]
    [InlineData("gw-1 live 1, gw-2 gone 12.9", "Degraded: Node gw-2 was lost 12 s ago")]
    [InlineData("gw-1 live 1, gw-2 goodbye 12", "Healthy")]
    [InlineData("gw-1 live 1, gw-2 gone 299", "Degraded: Node gw-2 was lost 4 min ago")]
    [InlineData("gw-1 live 1, gw-2 gone 300", "Healthy")]
    [InlineData("gw-1 live 1, gw-2 gone 12, gw-3 gone 80, gw-4 gone 301", "Degraded: Nodes gw-2 and gw-3 were lost in the last 5 minutes")]
    [InlineData("gw-1 gone 1, gw-2 gone 2, gw-3 gone 3", "Degraded: Nodes gw-1, gw-2 and gw-3 were lost in the last 5 minutes")]
    [InlineData("gw-1 gone 1, gw-2 gone 2, gw-3 gone 3, gw-4 gone 4, gw-5 gone 5", "Degraded: Nodes gw-1, gw-2, gw-3 and 2 more were lost in the last 5 minutes")]
    [InlineData("gw-1 live 0 5", "Healthy")]
    [InlineData("gw-1 live 0 -2", "Healthy")]
    [InlineData("gw-1 live 0 8, gw-2 draining 0 8, gw-3 goodbye 0 8", "Degraded: Node gw-1 is 8 s behind")]
    [InlineData("gw-1 live 0 8, gw-2 live 0 6", "Degraded: Nodes gw-1 and gw-2 are more than 5 s behind")]
    [InlineData("gw-1 live 0 8, gw-2 gone 12 8", "Degraded: Node gw-2 was lost 12 s ago; Node gw-1 is 8 s behind")]
    public void Of_Nodes_NamesThoseThatWereLostOrAreBehind(string nodes, string expected) => Assert.Equal(
        expected,
        Shown(ClusterHealth.Of(Seen(), default, Listed([.. nodes.Split(", ").Select(NodeOf)], Well.Silos))));

    [Theory]
    [InlineData("a active 0 1, b active 0 1", "Healthy")]
    [InlineData("a active 0 1, b dead 9 7", "Degraded: Silo b was lost 7 s ago")]
    [InlineData("a active 0 1, b goodbye 9 7", "Healthy")]
    [InlineData("a active 0 1, b dead 9 300", "Healthy")]
    [InlineData("a active 0 1, b dead 9 7, b active 3 1", "Healthy")]
    [InlineData("a active 0 1, b dead 9 7, b goodbye 3 1", "Healthy")]
    [InlineData("a active 0 1, b goodbye 9 7, b dead 3 2", "Degraded: Silo b was lost 2 s ago")]
    [InlineData("a active 0 1, b dead 9 20, b dead 3 2", "Degraded: Silo b was lost 2 s ago")]
    [InlineData("a active 0 1, b dead 9 20, c dead 3 2", "Degraded: Silos b and c were lost in the last 5 minutes")]
    [InlineData("a active 0 1, b stopping 9 20", "Healthy")]
    public void Of_Silos_NamesThoseThatWereLostAndNotReplaced(string silos, string expected) => Assert.Equal(
        expected,
        Shown(ClusterHealth.Of(Seen(), default, Listed(Well.Nodes, [.. silos.Split(", ").Select(SiloOf)]))));

    [Fact]
    public void Of_AListingThatIsIncomplete_SaysWhatDoesNotAnswer()
    {
        Assert.Equal("Degraded: Not every shard answers", Shown(ClusterHealth.Of(Seen(), default, Well with { Incomplete = true })));
        Assert.Equal("Degraded: The membership of the silos does not answer", Shown(ClusterHealth.Of(Seen(), default, Well with { Incomplete = true, Silos = [] })));
    }

    [Fact]
    public void Of_NothingOfTheClusterAnswers_IsStalledOnceTheLastSecondIsOld()
    {
        Assert.Equal("Healthy", Shown(ClusterHealth.Of(Seen(), TimeSpan.FromSeconds(1), null)));
        Assert.Equal("Stalled: No new second for 12 s: no silo answers", Shown(ClusterHealth.Of(Seen(), TimeSpan.FromSeconds(12), null)));
    }

    [Fact]
    public void Of_NoSnapshotYet_IsStalledFromTheFirstInstantOn()
    {
        Assert.Equal("Stalled: This node has no snapshot yet", Shown(ClusterHealth.Of(null, default, null)));
        Assert.Equal("Stalled: This node has no snapshot yet; Not every shard answers", Shown(ClusterHealth.Of(null, default, Well with { Incomplete = true })));
    }

    [Fact]
    public void Of_SeveralReasons_HasTheWorstFirstAndFiveOfThem()
    {
        var listing = Listed([NodeOf("gw-1 live 0 8"), NodeOf("gw-2 gone 12")], [SiloOf("a dead 9 7")]) with { Incomplete = true };
        var seen = Seen(Make.Counters(95, 5), new Gauges(0, Destinations: 2));
        Assert.Equal(
            "Failing: No destination is healthy; 5 % of the requests of the last minute failed (5xx); Node gw-2 was lost 12 s ago; Node gw-1 is 8 s behind; Silo a was lost 7 s ago",
            Shown(ClusterHealth.Of(seen, default, listing)));

        // What requests, destinations and watermarks are like now is not known.
        Assert.Equal(
            "Stalled: No new second for 12 s; Node gw-2 was lost 12 s ago; Silo a was lost 7 s ago; Not every shard answers",
            Shown(ClusterHealth.Of(seen, TimeSpan.FromSeconds(12), listing)));
    }

    private static string Shown(ClusterHealth health) => health.Reasons.Count == 0 ? $"{health.Word}" : $"{health.Word}: {string.Join("; ", health.Reasons)}";

    private static (Snapshot, Reading)? Seen(RequestCounters added = default, Gauges gauges = default) =>
        (Make.Snapshot(T), new Reading(added, gauges, added, 60, null));

    private static NodeListing Listed(IReadOnlyList<NodeEntry> nodes, IReadOnlyList<SiloEntry> silos) => new(ApiQuery.Utc(T), false, nodes, silos);

    /// <summary>Name, state (goodbye: gone by itself), seconds since its last report, seconds from its watermark to the newest snapshot (0 when absent).</summary>
    private static NodeEntry NodeOf(string text)
    {
        var parts = text.Split(' ');
        var lag = parts.Length > 3 ? int.Parse(parts[3]) : 0;
        return Node(parts[0], parts[1] == "goodbye" ? NodeEntry.Gone : parts[1], parts[1] == "goodbye", double.Parse(parts[2]), ApiQuery.Utc(T - lag));
    }

    private static NodeEntry Node(string id, string state = NodeEntry.Live, bool saidGoodbye = false, double reportAge = 0, DateTime? watermark = null) =>
        new(id, state, saidGoodbye, ApiQuery.Utc(T - 900), ApiQuery.Utc(T), reportAge, watermark ?? ApiQuery.Utc(T), 0, 0, 0, 3);

    /// <summary>Address, state (goodbye: dead by itself), seconds since it joined, seconds since it was last alive.</summary>
    private static SiloEntry SiloOf(string text)
    {
        var parts = text.Split(' ');
        return Silo(parts[0], parts[1] == "goodbye" ? SiloEntry.Dead : parts[1], parts[1] == "goodbye", int.Parse(parts[2]), int.Parse(parts[3]));
    }

    private static SiloEntry Silo(string address, string state = SiloEntry.Active, bool saidGoodbye = false, int startedAgo = 900, int aliveAgo = 1) =>
        new(address, state, saidGoodbye, ApiQuery.Utc(T - startedAgo), ApiQuery.Utc(T - aliveAgo));
}
