using Kairos.Grains;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Kairos.Benchmarks;

/// <summary>Fills the storage of a cluster that does not run yet with history, by the product's own roll-up: a silo finds it as after a restart.</summary>
internal static class HistorySeed
{
    public static Task FillAsync(GatewayCluster cluster, RollupLoad load, int minutes) => ClusterClient.UseStorageAsync(cluster, async (storage, services) =>
    {
        var end = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        await using (var run = new RollupRun(load, storage, ((end / 60) - minutes) * 60))
        {
            while (run.Rollup.Tick < end)
            {
                await run.TickAsync();
            }

            await run.SaveAsync();
        }

        // The shards know nothing of these requests: totals begin at zero, or nothing new would show until they have caught up.
        var heads = services.GetRequiredService<Serializer<RollupHead>>();
        var slot = new StateSlot(storage, GrainId.Create("time-series", SnapshotStreams.ClusterScope), "head");
        await slot.ReadAsync();
        var head = heads.Deserialize(slot.Payload)!;
        await slot.WriteAsync(slot.Sequence, heads.SerializeToArray(head with { Scopes = [.. head.Scopes.Select(scope => scope with { Total = default })] }));
    });
}
