using Kairos.Gateway;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Kairos.Benchmarks;

/// <summary>CPU of an hour of the cluster's history, stage by stage: read and joined, written for the wire, read from it, encoded for the client.</summary>
internal static class HistoryCost
{
    private const int Rounds = 200;

    public static async Task PrintAsync(RollupRun run)
    {
        await using var own = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var (wire, wireOfSeconds) = (own.GetRequiredService<Serializer<HistoryRange>>(), own.GetRequiredService<Serializer<SecondsRange>>());
        var percentiles = (MetricTable.Find("response_time_p50") | MetricTable.Find("response_time_p99")) ?? default;
        Console.WriteLine($"{"CPU ms of an hour of history",-32} {"read",8} {"to wire",8} {"from it",8} {"encode",8}   {"wire, kB",9}");
        foreach (var (what, metrics) in new[] { ("the guide's six", MetricTable.Guide), ("and two percentiles", MetricTable.Guide | percentiles) })
        {
            var tick = run.Rollup.Tick;
            var query = new HistoryQuery(Scope.Cluster, tick - 3_600, tick, 0, HistoryChoice.PointsMax, metrics != MetricTable.Guide);
            var (range, bytes) = (default(HistoryRange)!, Array.Empty<byte>());
            var read = await CpuAsync(async () => range = await run.History.ReadAsync(run.Rollup.Cluster.History, query, tick));
            var written = await CpuAsync(() => Task.FromResult(bytes = wire.SerializeToArray(range)));
            var received = await CpuAsync(() => Task.FromResult(range = wire.Deserialize(bytes)!));
            var encoded = await CpuAsync(() => Task.FromResult(metrics.Metrics.Sum(metric => EventWriter.TimeSeries(metric, range.Points).Length)));
            Console.WriteLine(FormattableString.Invariant(
                $"{what,-32} {read,8:0.00} {written,8:0.00} {received,8:0.00} {encoded,8:0.00}   {bytes.Length / 1e3,9:0.0}"));
        }

        foreach (var withDurations in new[] { false, true })
        {
            var (range, bytes) = (default(SecondsRange)!, Array.Empty<byte>());
            var read = await CpuAsync(async () => range = await run.History.ReadSecondsAsync(run.Rollup, Scope.Cluster, 0, withDurations));
            var written = await CpuAsync(() => Task.FromResult(bytes = wireOfSeconds.SerializeToArray(range)));
            var received = await CpuAsync(() => Task.FromResult(range = wireOfSeconds.Deserialize(bytes)!));
            Console.WriteLine(FormattableString.Invariant(
                $"{(withDurations ? "its seconds with durations" : "its seconds"),-32} {read,8:0.00} {written,8:0.00} {received,8:0.00} {"",8}   {bytes.Length / 1e3,9:0.0}"));
        }
    }

    /// <summary>Milliseconds of all threads of this process for one round, the collection of garbage included.</summary>
    private static async Task<double> CpuAsync<T>(Func<Task<T>> stage)
    {
        for (var i = 0; i < Rounds; i++)
        {
            await stage();
        }

        var began = CpuTime.Of(Environment.ProcessId);
        for (var i = 0; i < Rounds; i++)
        {
            await stage();
        }

        return (CpuTime.Of(Environment.ProcessId) - began) / Rounds * 1_000;
    }
}
