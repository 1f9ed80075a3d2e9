using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Kairos.Benchmarks;

/// <summary>
/// A silo that publishes the snapshots of a cluster with traffic: without subscribers, with one gateway node and with some of one subscription each,
/// as the product has them, and with one node that subscribes for each of its sockets. Used by one thread.
/// </summary>
internal sealed class SubscriptionStages(StreamsOptions options, GatewayCluster cluster, ClusterClient client)
{
    private const string RendezvousKeys = "*pubsubrendezvous*";

    /// <summary>So that snapshots are as large as a cluster's; the reports cost the silo as much in each stage.</summary>
    private static readonly RollupLoad Load = new(Nodes: 2, Routes: 10, RequestsPerSecond: 1_000);

    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(4);

    private readonly int _silo = cluster.Members.Single(member => member.Name == "silo-1").ProcessId;
    private double _fileBytesPerSecond;

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
        await Task.Delay(TimeSpan.FromSeconds(options.WarmupSeconds), TimeProvider.System);
        var snapshot = (await client.Series.GetSnapshotsAsync(Scope.Cluster, 0, follows: true))[^1];
        Console.WriteLine(
            $"--- one silo, Redis that writes each change to the disk, snapshots of {client.Services.GetRequiredService<Serializer>().SerializeToArray(snapshot).Length} bytes; a delivery in us, of the silo without what it uses for none");
        SubscriptionStage.PrintHeader();
        SubscriptionStage none;
        await using (var nodes = await FollowersControl.StartAsync(scratch))
        {
            none = await MeasureAsync("none", nodes, 0, 0);
            none.Print(none);
            (await MeasureAsync("1 node", nodes, 1, 1)).Print(none);
            (await MeasureAsync($"{options.Nodes} nodes, one each", nodes, options.Nodes, 1)).Print(none);
            await nodes.LeaveAsync();
        }

        await using var sockets = await FollowersControl.StartAsync(scratch);
        foreach (var count in new[] { options.Subscriptions / 10, options.Subscriptions / 2, options.Subscriptions })
        {
            (await MeasureAsync($"1 node, one each of {count}", sockets, 1, count)).Print(none);
        }
    }

    private async Task<SubscriptionStage> MeasureAsync(string what, FollowersControl followers, int nodes, int each)
    {
        var (file, began) = (await client.RedisAsync("aof_current_size"), TimeProvider.System.GetTimestamp());
        var subscribing = nodes == 0 ? 0 : await followers.GrowAsync(cluster.RedisAddress, nodes, each);
        var written = await client.RedisAsync("aof_current_size") - file - (_fileBytesPerSecond * Elapsed(began));
        await Task.Delay(Settle, TimeProvider.System);

        await followers.TakeAsync();
        var others = new OthersUse(() => cluster.CpuOfAll + CpuTime.Of(followers.ProcessId));
        var (silo, subscriber) = (CpuTime.Of(_silo), CpuTime.Of(followers.ProcessId));
        (file, began) = (await client.RedisAsync("aof_current_size"), TimeProvider.System.GetTimestamp());
        await Task.Delay(options.Window, TimeProvider.System);
        var seconds = Elapsed(began);
        (silo, subscriber) = ((CpuTime.Of(_silo) - silo) / seconds, (CpuTime.Of(followers.ProcessId) - subscriber) / seconds);
        cluster.ThrowIfOneEnded();
        _fileBytesPerSecond = nodes == 0 ? (await client.RedisAsync("aof_current_size") - file) / seconds : _fileBytesPerSecond;

        // The first and the last may have been under way at the window's ends.
        var ticks = await followers.TakeAsync();
        FollowedTick[] whole = [.. ticks.Skip(1).SkipLast(1).Where(tick => tick.Deliveries == nodes * each)];
        if (nodes > 0 && whole.Length == 0)
        {
            throw new BenchmarkException($"No snapshot reached all of {nodes * each} subscriptions.");
        }

        return new SubscriptionStage(
            what, nodes * each, subscribing, nodes == 0 ? 0 : written, await client.StoredBytesAsync(RendezvousKeys), silo, subscriber,
            ResidentMemory.OfInMegabytes(_silo), ticks.Sum(tick => tick.Deliveries) / seconds,
            nodes == 0 ? null : Percentiles.Of(whole.Select(tick => tick.LastMilliseconds)), Math.Max(0, ticks.Count - 2 - whole.Length), others.Part);
    }

    private static double Elapsed(long began) => TimeProvider.System.GetElapsedTime(began).TotalSeconds;
}
