using Xunit;
using Yarp.ReverseProxy.Model;

namespace Kairos.Tests.Unit;

/// <summary>How long a node follows a scope, and what it says to those who follow one that disappears.</summary>
public sealed class ScopeHubsTests : IAsyncLifetime
{
    private const long T = Make.Tick;

    private static readonly Scope Orders = new(ScopeKind.Route, "orders");
    private static readonly Scope Destination = Scope.OfDestination("shop", "d1");
    private static readonly Scope Node = new(ScopeKind.Node, "gw-9");
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly SocketBed _bed = new();
    private readonly ClusterState _shop;

    public ScopeHubsTests()
    {
        _bed.Proxy.Routes.Add("orders");
        _shop = _bed.Proxy.Add("shop", [new DestinationState("d1"), new DestinationState("d2")], []);
        _bed.Series.Scopes.Add(Node);
        foreach (var scope in new[] { Orders, Destination, Node })
            _bed.Series.Latest[scope] = Make.Snapshot(T);
    }

    public async ValueTask InitializeAsync() => await _bed.Services.Scopes.StartAsync(CancellationToken.None);

    [Fact]
    public async Task Release_TheLastClientGoesBackToTheCluster_IsFollowedForTenSecondsMore()
    {
        var (first, last) = (await FollowAsync(Orders), await FollowAsync(Orders));
        await first.SubscribeAsync("", 1);
        await RunForAsync(11);
        Assert.NotNull(_bed.Services.Scopes.Find(Orders));
        await last.SubscribeAsync("", 1);
        await AssertGoneAfterTenSecondsAsync();
    }

    [Fact]
    public async Task Release_AClientComesWithinTenSeconds_IsFollowedOn()
    {
        await (await FollowAsync(Orders)).SubscribeAsync("", 1);
        await RunForAsync(9);
        var hub = _bed.Services.Scopes.Find(Orders);
        await FollowAsync(Orders);
        await RunForAsync(11);
        Assert.NotNull(hub);
        Assert.Same(hub, _bed.Services.Scopes.Find(Orders));
    }

    [Fact]
    public async Task Release_TheClientVanished_IsFollowedForTenSecondsMore()
    {
        var peer = await FollowAsync(Orders);
        peer.Vanish();
        await peer.EndAsync();
        await AssertGoneAfterTenSecondsAsync();
    }

    [Fact]
    public async Task Release_TheFirstSnapshotNeverCame_IsFollowedForTenSecondsMore()
    {
        _bed.Series.Latest.Clear();
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync(Subscription(Orders));
        var refused = peer.ReceiveErrorAsync();
        await _bed.Time.RunUntilAsync(() => refused.IsCompleted, TimeSpan.FromSeconds(60), step: TimeSpan.FromMilliseconds(50));
        Assert.Equal("The silos do not answer now; the subscription is as it was, try again later", await refused);
        await AssertGoneAfterTenSecondsAsync();
    }

    [Fact]
    public async Task ARouteLeavesTheConfiguration_ItsClientsAreToldOnceAndGoOn()
    {
        var peer = await FollowAsync(Orders);
        await RunForAsync(2);
        _bed.Proxy.Routes.Remove("orders");
        var notice = "Scope {\"route\":\"orders\"} has disappeared: the configuration of this node has no such route any more; snapshots go on, with what other nodes may still count";
        Assert.Equal(notice, await ToldWithinAsync(peer, 2));
        await RunForAsync(5);
        await AssertNothingCameAsync(peer);

        // It came back, and is gone once more.
        _bed.Proxy.Routes.Add("orders");
        await RunForAsync(2);
        _bed.Proxy.Routes.Remove("orders");
        Assert.Equal(notice, await ToldWithinAsync(peer, 2));
    }

    [Fact]
    public async Task ADestinationLeavesItsCluster_ItsClientsAreToldOnce()
    {
        var peer = await FollowAsync(Destination);
        await RunForAsync(2);
        await AssertNothingCameAsync(peer);
        _shop.Destinations.TryRemove("d1", out _);
        Assert.Equal(
            "Scope {\"destination\":\"shop/d1\"} has disappeared: the configuration of this node has no such destination any more; snapshots go on, with what other nodes may still count",
            await ToldWithinAsync(peer, 2));
        await RunForAsync(5);
        await AssertNothingCameAsync(peer);
    }

    [Fact]
    public async Task ANodeReportsNoMore_ItsClientsAreToldOnceAfterTenSeconds()
    {
        var peer = await FollowAsync(Node);

        // Last seen by the sweep of a moment before: so it is told between nine and ten seconds from here.
        await RunForAsync(2.75);
        Publish(T + 1, gateways: 0);
        await RunForAsync(9);
        await AssertNothingCameAsync(peer);
        Assert.Equal(
            "Scope {\"node\":\"gw-9\"} has disappeared: the node reports no more; its totals stand still, and snapshots go on", await ToldWithinAsync(peer, 0.5));
        await RunForAsync(25);
        await AssertNothingCameAsync(peer);
    }

    [Fact]
    public async Task ANodeIsStartedAnewTwice_NobodyIsTold()
    {
        var peer = await FollowAsync(Node);
        await RunForAsync(2);
        for (var tick = T + 1; tick <= T + 3; tick += 2)
        {
            Publish(tick, gateways: 0);
            await RunForAsync(5);
            Publish(tick + 1, gateways: 1);
            await RunForAsync(2);
        }

        await RunForAsync(12);
        await AssertNothingCameAsync(peer);
    }

    public async ValueTask DisposeAsync()
    {
        await _bed.Services.Scopes.StopAsync(CancellationToken.None);
        await _bed.DisposeAsync();
    }

    /// <summary>Frames are a minute apart: what else comes is a notice.</summary>
    private static string Subscription(Scope scope) =>
        $"{{\"metrics\":[\"requests_total\"],\"scope\":{{\"{scope.KindName}\":\"{scope.Name}\"}},\"interval_seconds\":60}}";

    private async Task<Peer> FollowAsync(Scope scope)
    {
        var peer = await _bed.ConnectAndReadAsync();
        await peer.SendAsync(Subscription(scope));
        await peer.ReceiveTickAsync();
        return peer;
    }

    private void Publish(long tick, int gateways) =>
        Assert.True(_bed.Services.Scopes.Find(Node)!.Publish(Make.Snapshot(tick) with { Gauges = new Gauges(0, Gateways: gateways) }));

    private Task RunForAsync(double seconds) => _bed.Time.RunForAsync(TimeSpan.FromSeconds(seconds), Step);

    private async Task<string> ToldWithinAsync(Peer peer, double seconds)
    {
        await RunForAsync(seconds);
        return await peer.ReceiveErrorAsync();
    }

    private async Task AssertGoneAfterTenSecondsAsync()
    {
        await RunForAsync(9);
        Assert.NotNull(_bed.Services.Scopes.Find(Orders));
        await RunForAsync(2);
        await SocketBed.UntilAsync(() => _bed.Services.Scopes.Find(Orders) is null);
    }

    /// <summary>The answer to a mistake is the next that a client gets.</summary>
    private static async Task AssertNothingCameAsync(Peer peer)
    {
        await peer.SendAsync("?");
        Assert.StartsWith("Invalid subscription: not valid JSON", await peer.ReceiveErrorAsync(), StringComparison.Ordinal);
    }
}
