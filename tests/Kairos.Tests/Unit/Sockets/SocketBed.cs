using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Reflection;
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
        var grains = DispatchProxy.Create<IGrainFactory, GrainsProxy>();
        ((GrainsProxy)(object)grains).Series = Series;
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(settings)
            .AddSingleton(settings.MetricsStream)
            .AddSingleton(settings.Metering)
            .AddSingleton<IMeterFactory>(Measured)
            .AddSingleton<TimeProvider>(Time)
            .AddSingleton(grains)
            .AddSingleton<GatewayInstruments>()
            .AddSingleton<RequestMeter>()
            .AddSingleton<SnapshotHub>()
            .AddSingleton<HistoryFrames>()
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

    public SocketServices Services { get; }

    public SocketRegistry Registry { get; }

    public Peer Connect(bool keepGuideFields = false, int bytesToClient = 65_536)
    {
        var peer = new Peer(this, keepGuideFields, bytesToClient);
        _peers.Add(peer);
        return peer;
    }

    /// <summary>Connects, takes the first Snapshot, and waits until the server has nothing more to do.</summary>
    public async Task<Peer> ConnectAndReadAsync(int bytesToClient = 65_536)
    {
        var peer = Connect(bytesToClient: bytesToClient);
        Assert.Equal(Hub.Latest!.Tick, await peer.ReceiveTickAsync());

        // A frame still under way is one that has taken some time.
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await UntilAsync(() => peer.Socket.Waiting().Sending == TimeSpan.Zero);
        return peer;
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
        for (var run = TimeSpan.Zero; !happened.IsCompleted; run += await StepAsync(TimeSpan.FromMilliseconds(250), happened))
            Assert.True(run < limit, $"Did not happen within {limit} of the node's clock.");
        await happened;
    }

    /// <summary>Lets the node's clock run for so long, a whole number of steps of 50 ms.</summary>
    public async Task RunForAsync(TimeSpan time)
    {
        for (var run = TimeSpan.Zero; run < time; run += await StepAsync(TimeSpan.FromMilliseconds(50)))
        {
        }
    }

    private async Task<TimeSpan> StepAsync(TimeSpan step, Task? happened = null)
    {
        Time.Advance(step);

        // What the clock set off runs beside; it gets a moment before the clock runs on.
        var moment = Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        await Task.WhenAny(happened ?? moment, moment);
        return step;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers)
            peer.Dispose();
        await Registry.StopAsync(CancellationToken.None);
        Registry.Dispose();
        Measured.Dispose();
    }

    /// <summary>A series grain that answers with given points, or fails.</summary>
    internal sealed class FakeSeries : ITimeSeriesGrain
    {
        public IReadOnlyList<HistoryPoint>? Points { get; set; } = [];

        public int Reads { get; private set; }

        public Task KeepAliveAsync() => Task.CompletedTask;

        public Task<IReadOnlyList<Snapshot>> GetSnapshotsAsync(long afterTick) => throw new NotSupportedException();

        public Task<IReadOnlyList<HistoryPoint>> GetHistoryAsync(long fromTick, long toTick, int stepSeconds, int pointsMax)
        {
            Reads++;
            return Points is { } points ? Task.FromResult(points) : throw new TimeoutException("The silo is away.");
        }
    }

    /// <summary>Gives the series grain whatever it is asked for.</summary>
    [SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives from it.")]
    internal class GrainsProxy : DispatchProxy
    {
        public FakeSeries? Series { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Series;
    }
}
