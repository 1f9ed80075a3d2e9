namespace Kairos.Gateway;

/// <summary><c>GET /kairos/api/nodes</c>: every gateway node and every silo of the cluster, from whichever node is asked.</summary>
internal static class NodesEndpoint
{
    public static void MapNodes(this WebApplication app)
    {
        var directory = app.Services.GetRequiredService<NodeDirectory>();
        var endpoint = app.MapGet("/kairos/api/nodes", async Task<IResult> (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return await directory.GetAsync() is { } listing
                ? TypedResults.Json(listing, ApiJson.Default.NodeListing)
                : ApiProblem.Unavailable(context, "No silo answers: what nodes there are cannot be told now. Proxying goes on.");
        });
        ApiMapping.Describe(endpoint, "Nodes", "Every gateway node and every silo of the cluster").Produces<NodeListing>().ProducesProblem(503);
    }
}

/// <summary>The answer of <c>/kairos/api/nodes</c>. Instants are RFC 3339 UTC, in milliseconds where they are measured.</summary>
/// <param name="AsOf">When it was asked.</param>
/// <param name="Incomplete">Some shards or the membership did not answer: nodes or silos are missing here that may well be live.</param>
/// <param name="Nodes">Gateway nodes of the last hour, by name.</param>
/// <param name="Silos">Silos of the last hour, by address.</param>
internal sealed record NodeListing(DateTime AsOf, bool Incomplete, IReadOnlyList<NodeEntry> Nodes, IReadOnlyList<SiloEntry> Silos)
{
    /// <summary>Of each address the silo that is active there, else the latest: a silo that was started again counts once.</summary>
    public IEnumerable<SiloEntry> LatestSilos() => Silos.GroupBy(s => s.Address).Select(runs => runs.MaxBy(s => (s.State == SiloEntry.Active, s.Started))!);
}

/// <summary>A gateway node.</summary>
/// <param name="Id">Its name.</param>
/// <param name="State">live, draining or gone.</param>
/// <param name="SaidGoodbye">It is gone because it stopped by itself; false for one that is there or was lost.</param>
/// <param name="Started">Its first report since it was started.</param>
/// <param name="LastReport">Its latest report.</param>
/// <param name="LastReportAgeSeconds">Since then, to two decimals.</param>
/// <param name="Watermark">It has reported everything up to this second.</param>
/// <param name="WatermarkLagSeconds">Whole seconds from the watermark to the last second that has ended; 0 or 1 when all is well.</param>
/// <param name="InFlight">Requests in progress at its latest report.</param>
/// <param name="ClockOffsetSeconds">Added to its seconds because its clock is off; 0 when it is right.</param>
/// <param name="Shard">The shard that it reports to.</param>
internal sealed record NodeEntry(
    string Id,
    string State,
    bool SaidGoodbye,
    DateTime Started,
    DateTime LastReport,
    double LastReportAgeSeconds,
    DateTime Watermark,
    long WatermarkLagSeconds,
    int InFlight,
    long ClockOffsetSeconds,
    int Shard)
{
    public const string Live = "live";
    public const string Gone = "gone";
}

/// <summary>A silo.</summary>
/// <param name="Address">Where other silos reach it.</param>
/// <param name="State">active, joining, shutting_down, stopping, dead.</param>
/// <param name="SaidGoodbye">It is dead because it stopped by itself; false for one that is there or was declared dead by others.</param>
/// <param name="Started">When it joined.</param>
/// <param name="LastAlive">When it last said so in the membership.</param>
internal sealed record SiloEntry(string Address, string State, bool SaidGoodbye, DateTime Started, DateTime LastAlive)
{
    public const string Active = "active";
    public const string Dead = "dead";
}
