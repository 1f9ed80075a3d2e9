using System.Text.Json;
using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>The answer of <c>/kairos/api/health</c> to the letter, of Unix second <see cref="Make.Tick"/> (2023-11-14T22:13:20Z).</summary>
public sealed class HealthAnswerTests
{
    private const long T = Make.Tick;

    private static readonly NodeEntry Node = new("gw-1", NodeEntry.Live, false, ApiQuery.Utc(T - 900), ApiQuery.Utc(T), 0.1, ApiQuery.Utc(T), 0, 0, 0, 3);
    private static readonly SiloEntry Silo = new("10.0.0.1:11111", SiloEntry.Active, false, ApiQuery.Utc(T - 900), ApiQuery.Utc(T));
    private static readonly NodeListing Well = new(ApiQuery.Utc(T), false, [Node], [Silo]);

    [Fact]
    public void AnswerOf_AClusterThatIsDegraded_HasTheReasonAndTheNumbers()
    {
        var listing = Well with
        {
            Nodes =
            [
                Node,
                Node with { Id = "gw-2", State = "draining" },
                Node with { Id = "gw-3", State = NodeEntry.Gone, LastReportAgeSeconds = 3_000 },
                Node with { Id = "gw-4", State = NodeEntry.Gone, SaidGoodbye = true },
            ],
            Silos =
            [
                Silo,
                // Killed and started again; stopped; lost an hour ago.
                Silo with { State = SiloEntry.Dead, Started = ApiQuery.Utc(T - 950) },
                Silo with { Address = "10.0.0.2:11111", State = SiloEntry.Dead, SaidGoodbye = true },
                Silo with { Address = "10.0.0.3:11111", State = SiloEntry.Dead, LastAlive = ApiQuery.Utc(T - 3_000) },
            ],
        };
        Assert.Equal(
            """{"as_of":"2023-11-14T22:13:20.234Z","health":"degraded","reasons":["2.94 % of the requests of the last minute failed (5xx)"],"last_tick":"2023-11-14T22:13:20Z","age_seconds":0.23,"nodes_live":2,"nodes_known":3,"silos_active":1,"silos_known":2}""",
            Written((T * 1_000) + 234, Seen(Make.Counters(165, 5)), TimeSpan.FromSeconds(0.2), listing));
    }

    [Fact]
    public void AnswerOf_AClusterThatIsWell_HasNoReasons() => Assert.Equal(
        """{"as_of":"2023-11-14T22:13:19.9Z","health":"healthy","reasons":[],"last_tick":"2023-11-14T22:13:20Z","age_seconds":0,"nodes_live":1,"nodes_known":1,"silos_active":1,"silos_known":1}""",
        Written((T * 1_000) - 100, Seen(), default, Well));

    [Fact]
    public void AnswerOf_NothingThatAnswers_HasNulls() => Assert.Equal(
        """{"as_of":"2023-11-14T22:13:20Z","health":"stalled","reasons":["This node has no snapshot yet"],"last_tick":null,"age_seconds":null,"nodes_live":null,"nodes_known":null,"silos_active":null,"silos_known":null}""",
        Written(T * 1_000, null, default, null));

    [Fact]
    public void AnswerOf_AMembershipThatDoesNotAnswer_HasNullsForTheSilosAlone()
    {
        var answer = HealthEndpoint.AnswerOf(T * 1_000, Seen(), default, Well with { Incomplete = true, Silos = [] });
        Assert.Equal((1, 1, null, null), (answer.NodesLive, answer.NodesKnown, answer.SilosActive, answer.SilosKnown));
        Assert.Equal(0, HealthEndpoint.AnswerOf(T * 1_000, Seen(), default, Well with { Nodes = [] }).NodesLive);
    }

    private static string Written(long asOf, (Snapshot, Reading)? seen, TimeSpan silence, NodeListing? listing) =>
        JsonSerializer.Serialize(HealthEndpoint.AnswerOf(asOf, seen, silence, listing), ApiJson.Default.HealthAnswer);

    private static (Snapshot, Reading)? Seen(RequestCounters added = default) => (Make.Snapshot(T), new Reading(added, default, added, 60, null));
}
