using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Kairos.Benchmarks;

/// <summary>
/// A silo that publishes the snapshots of a cluster with traffic: to one gateway node and to some of one subscription each, as the product has them,
/// whatever sockets a node has, and to one node that subscribes for each of its sockets. Used by one thread.
/// </summary>
internal sealed class SubscriptionStages(StreamsOptions options, GatewayCluster cluster, ClusterClient client)
{
    private const string RendezvousKeys = "*pubsubrendezvous*";
    private const string ReceivedBytes = "total_net_input_bytes";

    /// <summary>So that snapshots are as large as a cluster's; the reports cost the silo as much in each stage.</summary>
    private static readonly RollupLoad Load = new(Nodes: 2, Routes: 10, RequestsPerSecond: 1_000);

    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(4);

    private readonly int _silo = cluster.Members.Single(member => member.Name == "silo-1").ProcessId;
    private double _receivedPerSecond;

    public static async Task RunAsync(StreamsOptions options, Scratch scratch)
    {
        await using var cluster = await GatewayCluster.StartAsync(silos: 1, gateways: 0, scratch);
        await using var client = await ClusterClient.StartAsync(cluster);
        await using var nodes = new SimulatedNodes(Load);
        for (var i = 0; i < Load.Nodes; i++)
        {
            await nodes.AddAsync(client.Grains);
        }

        await new SubscriptionStages(options, cluster, client).RunAsync(scratch);
    }

    private async Task RunAsync(Scratch scratch)
    {
        await using (var nodes = await FollowersControl.StartAsync(scratch))
        {
            // With a subscription, so that the first stage finds compiled what the others do.
            await nodes.GrowAsync(cluster.RedisAddress, 1, 1);
            await Task.Delay(TimeSpan.FromSeconds(options.WarmupSeconds), TimeProvider.System);
            await PrintHeaderAsync();
            var one = await MeasureAsync("1 node", nodes, 1, 1);
            one.Print();
            (await MeasureAsync($"{options.Nodes} nodes, one each", nodes, options.Nodes, 1)).Print(one);
            await nodes.LeaveAsync();

            await using var sockets = await FollowersControl.StartAsync(scratch);
            foreach (var count in new[] { options.Subscriptions / 10, options.Subscriptions / 2, options.Subscriptions })
            {
                (await MeasureAsync($"1 node, {count} sockets", sockets, 1, count)).Print(one);
            }
        }
    }

    private async Task PrintHeaderAsync()
    {
        var snapshot = (await client.Series.GetSnapshotsAsync(Scope.Cluster, 0, follows: true))[^1];
        var bytes = client.Services.GetRequiredService<Serializer>().SerializeToArray(snapshot).Length;
        Console.WriteLine($"--- one silo, {Load}; Redis writes each change to the disk; a snapshot of the cluster is {bytes} bytes");
        SubscriptionStage.PrintHeader();
        var (received, began) = (await client.RedisAsync(ReceivedBytes), TimeProvider.System.GetTimestamp());
        await Task.Delay(Settle, TimeProvider.System);
        _receivedPerSecond = (await client.RedisAsync(ReceivedBytes) - received) / Elapsed(began);
    }

    private async Task<SubscriptionStage> MeasureAsync(string what, FollowersControl followers, int nodes, int each)
    {
        var (received, began) = (await client.RedisAsync(ReceivedBytes), TimeProvider.System.GetTimestamp());
        var subscribing = await followers.GrowAsync(cluster.RedisAddress, nodes, each);
        received = await client.RedisAsync(ReceivedBytes) - received - (_receivedPerSecond * Elapsed(began));
        await Task.Delay(Settle, TimeProvider.System);

        await followers.TakeAsync();
        var others = new OthersUse(() => cluster.CpuOfAll + CpuTime.Of(followers.ProcessId));
        var (silo, subscriber) = (CpuTime.Of(_silo), CpuTime.Of(followers.ProcessId));
        began = TimeProvider.System.GetTimestamp();
        await Task.Delay(options.Window, TimeProvider.System);
        var seconds = Elapsed(began);
        (silo, subscriber) = ((CpuTime.Of(_silo) - silo) / seconds, (CpuTime.Of(followers.ProcessId) - subscriber) / seconds);
        cluster.ThrowIfOneEnded();

        // The first and the last may have been under way at the window's ends.
        var ticks = await followers.TakeAsync();
        FollowedTick[] whole = [.. ticks.Skip(1).SkipLast(1).Where(tick => tick.Deliveries == nodes * each)];
        return whole.Length == 0
            ? throw new BenchmarkException($"No snapshot reached all of {nodes * each} subscriptions.")
            : new SubscriptionStage(
                what, nodes * each, subscribing, received, await client.StoredBytesAsync(RendezvousKeys), silo, subscriber, ResidentMemory.OfInMegabytes(_silo),
                ticks.Sum(tick => tick.Deliveries) / seconds, Percentiles.Of(whole.Select(tick => tick.LastMilliseconds)), ticks.Count - 2 - whole.Length, others.Part);
    }

    private static double Elapsed(long began) => TimeProvider.System.GetElapsedTime(began).TotalSeconds;
}
