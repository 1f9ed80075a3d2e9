using System.Net;
using System.Net.Sockets;
using Kairos.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Storage;

namespace Kairos.Silo;

/// <summary>What a silo is made of: clustering, storage and streams are chosen here and nowhere else.</summary>
public static class SiloHosting
{
    /// <summary>
    /// A silo of its own in this process, on free loopback ports, with its state in <paramref name="store"/>.
    /// The process's grain client is connected to it.
    /// </summary>
    public static void AddStandaloneSilo(this IHostApplicationBuilder builder, SqliteStore store, ShardsOptions shards)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(store);
        builder.Services.AddSingleton(shards);
        builder.Services.AddSingleton<GrainInstruments>();
        builder.UseOrleans(silo =>
        {
            var port = FreeLoopbackPort();
            silo.UseLocalhostClustering(port, gatewayPort: 0, new IPEndPoint(IPAddress.Loopback, port), serviceId: "kairos", clusterId: "standalone");
            silo.Configure<EndpointOptions>(endpoints => endpoints.AdvertisedIPAddress = IPAddress.Loopback);

            silo.AddAdoNetGrainStorage(GrainStorage.Name, storage => storage.Configure<Serializer>((options, serializer) =>
            {
                options.Invariant = SqliteStore.Invariant;
                options.ConnectionString = store.ConnectionString;
                options.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
            }));

            // Subscribers live in this very process, so their registrations need not outlive it.
            silo.AddMemoryGrainStorage("PubSubStore");
            silo.AddMemoryStreams(SnapshotStreams.Provider, streams =>
            {
                streams.ConfigurePartitioning(1);
                streams.ConfigurePullingAgent(agent => agent.Configure(options => options.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(50)));
            });
        });

        // After the silo, which it needs.
        builder.Services.AddHostedService<RollupKeeper>();
    }

    private static int FreeLoopbackPort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
