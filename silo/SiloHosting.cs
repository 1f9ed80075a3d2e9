using System.Net;
using Kairos.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Storage;
using StackExchange.Redis;

namespace Kairos.Silo;

/// <summary>What a silo is made of: clustering, storage and streams are chosen here, for its clients in <see cref="ClientHosting"/>, and nowhere else.</summary>
public static class SiloHosting
{
    private const string PubSubStore = "PubSubStore";

    /// <summary>A silo of a cluster: membership, grain state and stream subscriptions in Redis.</summary>
    public static void AddClusterSilo(this IHostApplicationBuilder builder, SiloSettings settings, IConnectionMultiplexer redis, IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(settings);
        AddGrains(builder, settings.Shards, settings.Sessions, new NodeLifetime(EndsWithSilo: false));

        // Before the silo, which must not join a cluster that it does not fit.
        builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<ClusterAgreement>(services, redis, settings.Cluster.ClusterId));
        builder.UseOrleans(silo =>
        {
            ListenOn(silo, settings.Silo, address);
            silo.Configure<ClusterOptions>(cluster => Failover.Name(cluster, settings.Cluster.ClusterId));
            silo.UseRedisClustering(clustering =>
            {
                clustering.ConfigurationOptions = new ConfigurationOptions();
                clustering.CreateMultiplexer = _ => Task.FromResult((redis, true));
            });
            Failover.Tune(silo);
            AddRedisStorage(silo, GrainStorage.Name, redis, (serializer, _) => new OrleansGrainStorageSerializer(serializer));
            AddRedisStorage(silo, PubSubStore, redis, (serializer, json) => new SubscriptionsSerializer(serializer, json));
            AddStreams(silo, Failover.PullPeriod);
        });

        // After the silo, which it needs.
        builder.Services.AddHostedService<GrainKeeper>();
    }

    /// <summary>
    /// A silo of its own in this process, on free loopback ports, with its state in <paramref name="store"/>.
    /// The process's grain client is connected to it.
    /// </summary>
    public static void AddStandaloneSilo(this IHostApplicationBuilder builder, SqliteStore store, ShardsOptions shards, SessionsOptions sessions)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(store);
        AddGrains(builder, shards, sessions, new NodeLifetime(EndsWithSilo: true));
        builder.UseOrleans(silo =>
        {
            var port = ListenAddress.FreeLoopbackPort();
            silo.UseLocalhostClustering(port, gatewayPort: 0, new IPEndPoint(IPAddress.Loopback, port), serviceId: "kairos", clusterId: "standalone");
            silo.Configure<EndpointOptions>(endpoints => endpoints.AdvertisedIPAddress = IPAddress.Loopback);

            silo.AddAdoNetGrainStorage(GrainStorage.Name, storage => storage.Configure<Serializer>((options, serializer) =>
            {
                options.Invariant = SqliteStore.Invariant;
                options.ConnectionString = store.ConnectionString;
                options.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
            }));

            // Subscribers live in this very process, so their registrations need not outlive it.
            silo.AddMemoryGrainStorage(PubSubStore);
            AddStreams(silo, TimeSpan.FromMilliseconds(50));
        });

        builder.Services.AddHostedService<GrainKeeper>();
    }

    private static void AddGrains(IHostApplicationBuilder builder, ShardsOptions shards, SessionsOptions sessions, NodeLifetime nodes)
    {
        builder.Services.AddSingleton(shards);
        builder.Services.AddSingleton(sessions);
        builder.Services.AddSingleton(nodes);
        builder.Services.AddSingleton<GrainInstruments>();
    }

    private static void ListenOn(ISiloBuilder silo, SiloOptions options, IPAddress address) => silo.Configure<EndpointOptions>(endpoints =>
    {
        endpoints.AdvertisedIPAddress = address;
        endpoints.SiloPort = options.Port;
        endpoints.GatewayPort = options.GatewayPort;
        endpoints.SiloListeningEndpoint = new IPEndPoint(SiloAddresses.ListenAddressOf(address), options.Port);
        endpoints.GatewayListeningEndpoint = new IPEndPoint(SiloAddresses.ListenAddressOf(address), options.GatewayPort);
    });

    private static void AddRedisStorage(
        ISiloBuilder silo, string name, IConnectionMultiplexer redis, Func<Serializer, OrleansJsonSerializer, IGrainStorageSerializer> serialized) =>
        silo.AddRedisGrainStorage(name, storage => storage.Configure<Serializer, OrleansJsonSerializer>((options, serializer, json) =>
        {
            options.ConfigurationOptions = new ConfigurationOptions();
            options.CreateMultiplexer = _ => Task.FromResult((redis, true));
            options.GrainStorageSerializer = serialized(serializer, json);
        }));

    private static void AddStreams(ISiloBuilder silo, TimeSpan pullPeriod) => silo.AddMemoryStreams(SnapshotStreams.Provider, streams =>
    {
        streams.ConfigurePartitioning(1);
        streams.ConfigurePullingAgent(agent => agent.Configure(options => options.GetQueueMsgsTimerPeriod = pullPeriod));
        streams.ConfigureBackoffProvider((_, _) => (Orleans.Runtime.Providers.IMessageDeliveryBackoffProvider)StreamBackoff.Instance);
        streams.ConfigureBackoffProvider((_, _) => (Orleans.Runtime.Providers.IQueueReaderBackoffProvider)StreamBackoff.Instance);
    });
}
