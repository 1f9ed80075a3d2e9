using System.Text.Json;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Subscriptions to scopes, and to metrics of an interval, as a client sees them.</summary>
public sealed class ScopeSubscriptionTests : IAsyncDisposable
{
    private const long T = Make.Tick;

    private static readonly Scope Orders = new(ScopeKind.Route, "orders");
    private static readonly Scope Node = new(ScopeKind.Node, "gw-9");

    private readonly SocketBed _bed = new();

    public ScopeSubscriptionTests()
    {
        _bed.Proxy.Routes.UnionWith(["orders", "payments"]);
        _bed.Series.Latest[Scope.Cluster] = Make.Snapshot(T, successes: 90);
        _bed.Series.Latest[Orders] = Make.Snapshot(T, successes: 40);
        _bed.Series.Latest[Node] = Make.Snapshot(T, successes: 50);
    }

    [Fact]
    public async Task Subscribe_ARouteOfTheConfiguration_IsAnsweredFromItsOwnSeries()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync("{\"metrics\":[\"requests_total\"],\"scope\":{\"route\":\"orders\"}}");
        Assert.Equal(40, await TotalAsync(peer));
        Assert.Equal(Orders, peer.Socket.Subscription.Scope);
        Assert.All(_bed.Series.SnapshotQueries, query => Assert.Equal((Orders, true), query));

        // The cluster's snapshots are not this client's any more.
        await _bed.SentAsync(peer);
        _bed.Publish(T + 1);
        await _bed.SentAsync(peer);
        _bed.Services.Scopes.Find(Orders)!.Publish(Make.Snapshot(T + 1, successes: 41));
        Assert.Equal(41, await TotalAsync(peer));
    }

    [Fact]
    public async Task Subscribe_AScopeThatTheRollupHasCounted_IsThere()
    {
        _bed.Series.Scopes.Add(Node);
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync("{\"metrics\":[\"requests_total\",\"gateways_reporting\"],\"scope\":{\"node\":\"gw-9\"}}");
        Assert.Equal(50, await TotalAsync(peer));
    }

    [Theory]
    [InlineData("route", "order", "{\"route\":\"order\"}, and there is no such route; the nearest are orders, payments")]
    [InlineData("route", "PAYMENT", "{\"route\":\"PAYMENT\"}, and there is no such route; the nearest are payments, orders")]
    [InlineData("destination", "orders/d1", "{\"destination\":\"orders/d1\"}, and there is no such destination; no destination is known yet")]
    public async Task Subscribe_AScopeThatIsNot_IsAMistakeWithTheNearest(string kind, string name, string sentence)
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync($"{{\"metrics\":[],\"scope\":{{\"{kind}\":\"{name}\"}}}}");
        Assert.Equal($"Invalid subscription: field `scope` is {sentence}", await peer.ReceiveErrorAsync());

        // The former subscription stays.
        _bed.Publish(T + 1);
        Assert.Equal(T + 1, await peer.ReceiveTickAsync());
    }

    [Fact]
    public async Task Subscribe_ManyScopesThatAreNot_CostNothingThatStays()
    {
        // As many as a client may ask for in 10 s, by ten clients: the clock stands still.
        const int EachMax = 10_000;
        await using var bed = new SocketBed(new() { ["Kairos:MetricsStream:MaxSubscriptionsPer10Seconds"] = $"{EachMax}" });
        bed.Proxy.Routes.Add("orders");
        var peers = new List<Peer>();
        while (peers.Count < 10)
            peers.Add(await bed.ConnectAndReadAsync());
        await Task.WhenAll(peers.Select(async (peer, number) =>
        {
            for (var i = 0; i < EachMax; i++)
            {
                await peer.SendAsync($"{{\"metrics\":[],\"scope\":{{\"route\":\"r{number}-{i}\"}}}}");
                Assert.Contains("there is no such route", await peer.ReceiveErrorAsync(), StringComparison.Ordinal);
            }

            Assert.Equal(Scope.Cluster, peer.Socket.Subscription.Scope);
        }));
        Assert.Equal(1, bed.Series.ScopeReads);
        Assert.Equal(0, bed.Measured["kairos.fanout.scopes.refused"]);
    }

    [Fact]
    public async Task Subscribe_MoreScopesThanTheNodeMayFollow_IsAnError()
    {
        await using var bed = new SocketBed(new() { ["Kairos:MetricsStream:MaxScopes"] = "1" });
        bed.Proxy.Routes.UnionWith(["orders", "payments"]);
        bed.Series.Latest[Orders] = Make.Snapshot(T);
        var (first, second) = (await bed.ConnectAndReadAsync(), await bed.ConnectAndReadAsync());
        await first.SendAsync("{\"metrics\":[],\"scope\":{\"route\":\"orders\"}}");
        await first.ReceiveTickAsync();
        await second.SendAsync("{\"metrics\":[],\"scope\":{\"route\":\"payments\"}}");
        Assert.Equal("This node follows 1 scopes, as many as it may; try again later, or on another node", await second.ReceiveErrorAsync());
        Assert.Equal(1, bed.Measured["kairos.fanout.scopes.refused"]);

        // One that is followed already needs no more.
        await second.SendAsync("{\"metrics\":[],\"scope\":{\"route\":\"orders\"}}");
        await second.ReceiveTickAsync();
    }

    [Fact]
    public async Task Publish_MetricsOfAnInterval_CoverWhatTheLastFrameDidNot()
    {
        var peer = await _bed.ConnectAndReadAsync();
        Publish(T + 1, 10);
        Publish(T + 2, 30);
        await peer.SendAsync("{\"metrics\":[\"requests_total\",\"requests_per_second\",\"response_time_p50\"],\"interval_seconds\":2}");

        // The newest frame of the default subscription may have been under way.
        var answer = await NextWithRateAsync(peer);
        Assert.Equal((30, 14.5), (answer.GetProperty("requests_total").GetInt64(), answer.GetProperty("requests_per_second").GetDouble()));
        Publish(T + 3, 31);
        Publish(T + 4, 40);
        Assert.Equal(5, (await NextWithRateAsync(peer)).GetProperty("requests_per_second").GetDouble());

        // A second is missing: the frame comes later, covers more, and the next one goes on from there.
        Publish(T + 7, 70);
        Assert.Equal(10, (await NextWithRateAsync(peer)).GetProperty("requests_per_second").GetDouble());
        Publish(T + 8, 71);
        var last = await NextWithRateAsync(peer);
        Assert.Equal(1, last.GetProperty("requests_per_second").GetDouble());
        Assert.InRange(last.GetProperty("response_time_p50").GetDouble(), 193, 195);
        Publish(T + 10, 71);
        Assert.Equal(JsonValueKind.Null, (await NextWithRateAsync(peer)).GetProperty("response_time_p50").ValueKind);
    }

    [Fact]
    public async Task Subscribe_HistoryOfAScope_IsAskedForAsChosen()
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync("{\"metrics\":[\"response_time_p99\"],\"scope\":{\"route\":\"orders\"},\"include_history\":true,\"history_seconds\":7200,\"history_step_seconds\":60}");
        Assert.Equal("TimeSeries", (await peer.ReceiveAsync()).GetProperty("type").GetString());
        Assert.Equal(new HistoryQuery(Orders, T - 7_200, T, 60, 720, true), Assert.Single(_bed.Series.HistoryQueries));
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private void Publish(long tick, long successes) =>
        Assert.True(_bed.Hub.Publish(Make.Snapshot(tick, successes) with { Durations = Make.Sketch((700, successes)) }));

    private static async Task<long> TotalAsync(Peer peer) => (await peer.ReceiveAsync()).GetProperty("requests_total").GetInt64();

    private static async Task<JsonElement> NextWithRateAsync(Peer peer)
    {
        while (true)
        {
            var snapshot = await peer.ReceiveAsync();
            if (snapshot.TryGetProperty("requests_per_second", out _))
                return snapshot;
        }
    }
}
