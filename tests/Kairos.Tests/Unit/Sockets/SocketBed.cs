using System.Diagnostics.Metrics;
using Kairos.Gateway;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>The hub and the registry of a node without a network and without grains, with a clock of its own.</summary>
internal sealed class SocketBed : IAsyncDisposable
{
    private readonly List<Peer> _peers = [];

    public SocketBed(Dictionary<string, string?>? configuration = null)
    {
        var settings = GatewaySettings.Read(new ConfigurationBuilder().AddInMemoryCollection(configuration ?? []).Build());
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(settings)
            .AddSingleton(settings.MetricsStream)
            .AddSingleton(settings.Metering)
            .AddSingleton<IMeterFactory>(Measured)
            .AddSingleton<TimeProvider>(Time)
            .AddSingleton<IGrainFactory>(Series.Client())
            .AddSingleton<GatewayInstruments>()
            .AddSingleton<RequestMeter>()
            .AddSingleton(new SnapshotHub(Scope.Cluster, Time))
            .AddSingleton<IClusterClient>(Series.Client())
            .AddSingleton<Yarp.ReverseProxy.IProxyStateLookup>(Proxy)
            .AddSingleton<ScopeDirectory>()
            .AddSingleton<ScopeHubs>()
            .AddSingleton<TopBoard>()
            .AddSingleton<HistoryFrames>()
            .AddSingleton<MissedSnapshots>()
            .AddSingleton<ClientSessions>()
            .AddSingleton<IHostApplicationLifetime, ApplicationLifetime>()
            .AddSingleton<NodeLife>()
            .AddSingleton<SocketServices>()
            .AddSingleton<SocketRegistry>()
            .BuildServiceProvider();
        Services = services.GetRequiredService<SocketServices>();
        Registry = services.GetRequiredService<SocketRegistry>();
        Hub.Publish(Make.Snapshot(Make.Tick));
    }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeSeconds(Make.Tick));

    public Measurements Measured { get; } = new();

    public SnapshotHub Hub => Services.Hub;

    public FakeSeries Series { get; } = new();

    public FakeProxy Proxy { get; } = new();

    public SocketServices Services { get; }

    public SocketRegistry Registry { get; }

    public Peer Connect(bool keepGuideFields = false, int bytesToClient = 65_536)
    {
        var peer = new Peer(this, session: null, Arrival.Anonymous(Services), keepGuideFields, bytesToClient);
        _peers.Add(peer);
        return peer;
    }

    /// <summary>Connects as a session that its grain has granted.</summary>
    public Peer ConnectSession(SnapshotChoice choice, long? lastTick, string? gap = null, int bytesToClient = 65_536)
    {
        var session = new SocketSession("session-of-a-test", Make.Tick);
        session.IsResumed = gap is null;
        var peer = new Peer(this, session, new Arrival(choice, Services.Scopes.Acquire(choice.Scope)!, lastTick, gap), keepGuideFields: false, bytesToClient);
        _peers.Add(peer);
        return peer;
    }

    /// <summary>Connects, takes the first Snapshot, and waits until the server has nothing more to do.</summary>
    public async Task<Peer> ConnectAndReadAsync(int bytesToClient = 65_536)
    {
        var peer = Connect(bytesToClient: bytesToClient);
        Assert.Equal(Hub.Latest!.Tick, await peer.ReceiveTickAsync());
        await SentAsync(peer);
        return peer;
    }

    /// <summary>Waits until the server has nothing more to send to a peer.</summary>
    public async Task SentAsync(Peer peer)
    {
        // A frame still under way is one that has taken some time.
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await UntilAsync(() => peer.Socket.Waiting().Sending == TimeSpan.Zero);
    }

    public static async Task UntilAsync(Func<bool> condition)
    {
        for (var tries = 0; !condition(); tries++)
        {
            Assert.True(tries < 4_000, "Waited in vain.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    public void Publish(params long[] ticks)
    {
        foreach (var tick in ticks)
            Hub.Publish(Make.Snapshot(tick));
    }

    /// <summary>Lets the node's clock run until something has happened.</summary>
    public async Task RunUntilAsync(Task happened, TimeSpan limit)
    {
        await Time.RunUntilAsync(() => happened.IsCompleted, limit, step: TimeSpan.FromMilliseconds(250));
        await happened;
    }

    /// <summary>Lets the node's clock run for so long.</summary>
    public Task RunForAsync(TimeSpan time) => Time.RunForAsync(time, step: TimeSpan.FromMilliseconds(50));

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers)
            peer.Dispose();
        await Registry.StopAsync(CancellationToken.None);
        Registry.Dispose();
        Measured.Dispose();
    }
}
