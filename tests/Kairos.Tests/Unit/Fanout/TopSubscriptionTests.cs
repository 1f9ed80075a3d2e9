using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Subscriptions to rankings, as a client sees them.</summary>
public sealed class TopSubscriptionTests : IAsyncLifetime
{
    private const long T = Make.Tick;

    private readonly SocketBed _bed = new();

    public async ValueTask InitializeAsync() => await _bed.Services.Top.StartAsync(CancellationToken.None);

    [Fact]
    public async Task Subscribe_ATop_ComesAtOnceAndThenAtItsIntervalBesideTheSnapshots()
    {
        _bed.Series.Rows.Add(new TopRow("orders", 12, []));
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync("{\"top\":{\"by\":\"requests_total\",\"of\":\"routes\",\"n\":3},\"interval_seconds\":2}");
        var top = await peer.ReceiveAsync();
        Assert.Equal(("TopN", "orders"), (top.GetProperty("type").GetString(), top.GetProperty("items")[0].GetProperty("scope").GetProperty("route").GetString()));
        _bed.Publish(T + 1);
        Assert.Equal(T + 1, await peer.ReceiveTickAsync());
        _bed.Publish(T + 2);
        Assert.Equal(["Snapshot", "routes by requests_total"], await NextAsync(peer, 2));
        Assert.Equal(2, _bed.Series.TopQueries.Count);

        // n: 0 ends it; another client's ranking goes on.
        await EndAsync(peer, "routes");
        var other = await _bed.ConnectAndReadAsync();
        await RankAsync(other, "requests_total", "nodes");
        for (var tick = T + 3; tick <= T + 4; tick++)
        {
            _bed.Publish(tick);
            await NextAsync(other, 2);
        }

        Assert.Equal(2 + 1 + 2, _bed.Series.TopQueries.Count);
    }

    /// <summary>The last is what Orleans throws for a call that a silo gave up while it waited for another, which is lost.</summary>
    public static TheoryData<Exception> Failures =>
        [new TimeoutException("The silo is away."), new SiloUnavailableException(), new OperationCanceledException("Message expired before placement could complete.")];

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task Subscribe_TheRankingCannotBeRead_LeavesTheSnapshotsAsTheyWere(Exception failure)
    {
        _bed.Series.RankingsFailure = failure;
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync("{\"metrics\":[\"requests_total\"],\"interval_seconds\":5,\"top\":{\"by\":\"requests_total\",\"of\":\"nodes\"}}");
        Assert.Equal("The silos do not answer now; the subscription is as it was, try again later", await peer.ReceiveErrorAsync());
        _bed.Publish(T + 1);
        Assert.Equal(8, (await peer.ReceiveAsync()).EnumerateObject().Count());
    }

    [Fact]
    public async Task Subscribe_TheSameTopByMany_IsReadOnceForAll()
    {
        var peers = new List<Peer>();
        for (var i = 0; i < 5; i++)
        {
            peers.Add(await _bed.ConnectAndReadAsync());
            await RankAsync(peers[^1], "requests_total", "nodes");
        }

        var before = _bed.Series.TopQueries.Count;
        _bed.Publish(T + 1);
        foreach (var peer in peers)
            Assert.Equal(["Snapshot", "nodes by requests_total"], await NextAsync(peer, 2));
        Assert.Equal(before + 1, _bed.Series.TopQueries.Count);
    }

    [Fact]
    public async Task Subscribe_TopsOfTwoKinds_RunSideBySideAndAnotherOfAKindReplacesTheFirst()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await RankAsync(peer, "requests_total", "routes");
        await RankAsync(peer, "requests_total", "nodes");
        _bed.Publish(T + 1);
        Assert.Equal(["Snapshot", "nodes by requests_total", "routes by requests_total"], await NextAsync(peer, 3));

        await RankAsync(peer, "requests_error", "routes");
        _bed.Series.TopQueries.Clear();
        for (var tick = T + 2; tick <= T + 4; tick++)
        {
            _bed.Publish(tick);
            Assert.Equal(["Snapshot", "nodes by requests_total", "routes by requests_error"], await NextAsync(peer, 3));
        }

        // Nor does the node go on to ask for what nobody is sent any more.
        Assert.Equal(3 * 2, _bed.Series.TopQueries.Count);
    }

    [Fact]
    public async Task Subscribe_MoreTopsThanTheNodeMaySend_IsAnError()
    {
        string[] kinds = ["routes", "destinations", "nodes"];
        var peers = new List<Peer>();
        for (var n = 1; n <= TopBoard.RankingsMax; n++)
        {
            if (n % kinds.Length == 1)
                peers.Add(await _bed.ConnectAndReadAsync());
            await RankAsync(peers[^1], "requests_total", kinds[n % kinds.Length], n);
        }

        var late = await _bed.ConnectAndReadAsync();
        await late.SendAsync(Top("requests_error", "nodes", 1));
        Assert.Equal(
            "This node sends 200 different rankings, as many as it may: this one is not sent; try again later, or on another node", await late.ReceiveErrorAsync());
        Assert.Equal(1, _bed.Measured["kairos.fanout.rankings.refused"]);

        // One that is sent already needs no more, one that replaces another of the same client's neither, and one that nobody wants any more makes room.
        await RankAsync(late, "requests_total", "destinations", 1);
        await RankAsync(peers[0], "requests_success", "nodes", 2);
        await EndAsync(peers[^1], kinds[TopBoard.RankingsMax % kinds.Length]);
        await RankAsync(late, "requests_error", "nodes", 1);
        _bed.Publish(T + 1);
        Assert.Equal(["Snapshot", "destinations by requests_total", "nodes by requests_error"], await NextAsync(late, 3));
        Assert.Equal(1, _bed.Measured["kairos.fanout.rankings.refused"]);
    }

    public async ValueTask DisposeAsync()
    {
        await _bed.Services.Top.StopAsync(CancellationToken.None);
        await _bed.DisposeAsync();
    }

    private static string Top(string by, string of, int n) => $"{{\"top\":{{\"by\":\"{by}\",\"of\":\"{of}\",\"n\":{n}}}}}";

    /// <summary>Subscribes to a ranking, and takes the answer.</summary>
    private static async Task RankAsync(Peer peer, string by, string of, int n = 10)
    {
        await peer.SendAsync(Top(by, of, n));
        Assert.Equal([$"{of} by {by}"], await NextAsync(peer, 1));
    }

    /// <summary>Ends a ranking, which has no answer of its own.</summary>
    private static async Task EndAsync(Peer peer, string of)
    {
        await peer.SendAsync($"{{\"top\":{{\"of\":\"{of}\",\"n\":0}}}}");
        await peer.SubscribeAsync("", 1);
    }

    /// <summary>So many events: Snapshots, and which rankings. What goes out together is in no order.</summary>
    private static async Task<IEnumerable<string>> NextAsync(Peer peer, int count)
    {
        var events = new List<string>();
        while (events.Count < count)
        {
            var next = await peer.ReceiveAsync();
            var type = next.GetProperty("type").GetString()!;
            events.Add(type == "TopN" ? $"{next.GetProperty("of")} by {next.GetProperty("by")}" : type);
        }

        return events.Order(StringComparer.Ordinal);
    }
}
