using System.Globalization;
using System.Net;
using Kairos.Grains;
using Kairos.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using StackExchange.Redis;

namespace Kairos.Benchmarks;

/// <summary>This process as what gateway nodes and silos are: a client of the cluster's silos, and a user of its storage.</summary>
internal sealed class ClusterClient : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly IConnectionMultiplexer _redis;
    private readonly bool _ownsRedis;

    private ClusterClient(IHost host, IConnectionMultiplexer redis, bool ownsRedis)
    {
        (_host, _redis, _ownsRedis) = (host, redis, ownsRedis);
    }

    public IServiceProvider Services => _host.Services;

    public IClusterClient Grains => Services.GetRequiredService<IClusterClient>();

    public ITimeSeriesGrain Series => Grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope);

    /// <summary>A grain client like a gateway's; returns at once, calls fail until it is connected.</summary>
    public static Task<ClusterClient> StartAsync(GatewayCluster cluster) => StartAsync(cluster.RedisAddress, GatewayCluster.ClusterId);

    /// <param name="redisAddress">Where the cluster keeps its state.</param>
    /// <param name="clusterId">Its name.</param>
    /// <param name="also">What this client has beside a gateway's.</param>
    public static async Task<ClusterClient> StartAsync(string redisAddress, string clusterId, Action<IServiceCollection>? also = null)
    {
        // Redis tells its figures to an administrator alone.
        return await StartAsync(await ConnectionMultiplexer.ConnectAsync($"{redisAddress},allowAdmin=true"), clusterId, also, ownsRedis: true);
    }

    /// <summary>One more grain client, with connections of its own to the silos; that to Redis is shared.</summary>
    public Task<ClusterClient> AnotherAsync() => StartAsync(_redis, GatewayCluster.ClusterId, also: null, ownsRedis: false);

    /// <summary>The grain storage of a silo that is never started.</summary>
    public static async Task UseStorageAsync(GatewayCluster cluster, Func<IGrainStorage, IServiceProvider, Task> use)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.RedisAddress);
        var builder = Builder();
        var settings = new SiloSettings(
            new OrleansClusterOptions { Mode = OrleansClusterOptions.Redis, ClusterId = GatewayCluster.ClusterId }, new SiloOptions(), new ShardsOptions(), new SessionsOptions());
        builder.AddClusterSilo(settings, redis, IPAddress.Loopback);
        using var host = builder.Build();
        var storage = host.Services.GetRequiredKeyedService<IGrainStorage>(GrainStorage.Name);
        var lifecycle = new SiloLifecycleSubject(host.Services.GetRequiredService<ILogger<SiloLifecycleSubject>>());
        ((ILifecycleParticipant<ISiloLifecycle>)storage).Participate(lifecycle);
        await lifecycle.OnStart(CancellationToken.None);
        await use(storage, host.Services);
        await lifecycle.OnStop(CancellationToken.None);
    }

    /// <summary>A figure of Redis' own account.</summary>
    public async Task<double> RedisAsync(string figure)
    {
        var sections = await _redis.GetServer(_redis.GetEndPoints()[0]).InfoAsync();
        return double.Parse(sections.SelectMany(section => section).Single(pair => pair.Key == figure).Value, CultureInfo.InvariantCulture);
    }

    /// <summary>Bytes in Redis of what lies under keys like this.</summary>
    public async Task<long> StoredBytesAsync(string pattern)
    {
        var bytes = 0L;
        await foreach (var key in _redis.GetServer(_redis.GetEndPoints()[0]).KeysAsync(pattern: pattern))
        {
            bytes += (await _redis.GetDatabase().HashGetAllAsync(key)).Sum(field => field.Value.Length());
        }

        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        if (_ownsRedis)
        {
            await _redis.DisposeAsync();
        }
    }

    private static async Task<ClusterClient> StartAsync(IConnectionMultiplexer redis, string clusterId, Action<IServiceCollection>? also, bool ownsRedis)
    {
        var builder = Builder();
        builder.AddClusterClient(new OrleansClusterOptions { Mode = OrleansClusterOptions.Redis, ClusterId = clusterId }, redis);
        also?.Invoke(builder.Services);
        var client = new ClusterClient(builder.Build(), redis, ownsRedis);
        await client._host.StartAsync();
        return client;
    }

    private static HostApplicationBuilder Builder()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(TimeProvider.System);
        return builder;
    }
}
