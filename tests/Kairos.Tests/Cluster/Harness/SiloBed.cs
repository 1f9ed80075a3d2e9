using Kairos.Grains;
using Kairos.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Core.Internal;
using Orleans.Storage;

namespace Kairos.Tests.Cluster;

/// <summary>The product's standalone silo in this process, with its state in a folder of its own that survives a restart.</summary>
internal sealed class SiloBed : IAsyncDisposable
{
    public const int Shards = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("kairos-cluster-").FullName;
    private SessionsOptions _sessions = new();
    private SqliteStore? _store;
    private IHost? _host;

    public IClusterClient Client => _host!.Services.GetRequiredService<IClusterClient>();

    public IServiceProvider Services => _host!.Services;

    /// <summary>Storage as the grains see it.</summary>
    public StorageFaults Storage => (StorageFaults)Services.GetRequiredKeyedService<IGrainStorage>(GrainStorage.Name);

    /// <summary>What the roll-up asks of the shards.</summary>
    public CollectFaults Collects { get; } = new();

    /// <summary>Calls of session grains and of their directory.</summary>
    public SessionFaults SessionCalls { get; } = new();

    public ISessionDirectoryGrain Sessions => Client.GetGrain<ISessionDirectoryGrain>(ISessionDirectoryGrain.Key);

    public ITimeSeriesGrain Series => Client.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope);

    /// <param name="sessions">How sessions are kept; the product's defaults when null.</param>
    public static async Task<SiloBed> StartAsync(SessionsOptions? sessions = null)
    {
        var bed = new SiloBed { _sessions = sessions ?? new() };
        await bed.StartAgainAsync();
        return bed;
    }

    public IClientSessionGrain Session(string id) => Client.GetGrain<IClientSessionGrain>(id);

    public IMetricsShardGrain Shard(int shard) => Client.GetGrain<IMetricsShardGrain>(shard);

    /// <summary>The newest snapshot; null before the first.</summary>
    public async Task<Snapshot?> LatestAsync() => await Series.GetSnapshotsAsync(Scope.Cluster, 0, follows: true) is [.., var latest] ? latest : null;

    /// <summary>Waits for a snapshot that is as wanted.</summary>
    public async Task<Snapshot> SnapshotAsync(Func<Snapshot, bool> wanted) =>
        (await Eventually.GetAsync(LatestAsync, snapshot => snapshot is not null && wanted(snapshot)))!;

    /// <summary>Ends a shard's activation; the next call makes a new one. As when its silo stops.</summary>
    public static async Task DeactivateAsync(IMetricsShardGrain shard)
    {
        var before = (await shard.CollectAsync(default, 0)).Next.Activation;
        await shard.Cast<IGrainManagementExtension>().DeactivateOnIdle();
        await Eventually.GetAsync(() => shard.CollectAsync(default, 0), answer => answer.Next.Activation != before);
    }

    /// <summary>Ends a grain's activation; the next call makes a new one.</summary>
    public static async Task DeactivateAsync(IGrain grain) => await grain.Cast<IGrainManagementExtension>().DeactivateOnIdle();

    /// <summary>Ends the roll-up's activation, while no shard can be asked; the new one has no snapshot before one can.</summary>
    public async Task DeactivateSeriesAsync()
    {
        await Series.Cast<IGrainManagementExtension>().DeactivateOnIdle();
        await Eventually.GetAsync(LatestAsync, snapshot => snapshot is null);
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAgainAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAgainAsync()
    {
        _store = SqliteStore.Open(_folder);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddStandaloneSilo(_store, new ShardsOptions { Count = Shards }, _sessions);

        // Its nodes come and go as those of a cluster do.
        builder.Services.AddSingleton(new NodeLifetime(EndsWithSilo: false));
        builder.Services.AddSingleton<IIncomingGrainCallFilter>(Collects);
        builder.Services.AddSingleton<IIncomingGrainCallFilter>(SessionCalls);
        var storage = builder.Services.Single(s => s.ServiceType == typeof(IGrainStorage) && Equals(s.ServiceKey, GrainStorage.Name));
        builder.Services.Remove(storage);
        builder.Services.AddKeyedSingleton<IGrainStorage>(
            GrainStorage.Name, (services, key) => new StorageFaults((IGrainStorage)storage.KeyedImplementationFactory!(services, key)));
        _host = builder.Build();
        await _host.StartAsync();
    }

    private async Task StopAsync()
    {
        if (_host is { } host)
        {
            _host = null;
            await host.StopAsync();
            host.Dispose();
        }

        _store?.Dispose();
    }
}
