using Kairos.Gateway;

namespace Kairos.Benchmarks;

/// <summary>Time that a gateway node takes for the last hour: the question to the roll-up and the events made of the answer, never from the node's cache.</summary>
internal static class HistoryReads
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static async Task<List<(string What, Percentiles Milliseconds, double Kilobytes)>> MeasureAsync(ClusterClient client, int reads)
    {
        var percentiles = (MetricTable.Find("response_time_p50") | MetricTable.Find("response_time_p99")) ?? default;
        var route = new Scope(ScopeKind.Route, RollupLoad.KeyOf(0).Route);
        var measured = new List<(string, Percentiles, double)>();
        foreach (var (what, scope, metrics) in new[]
        {
            ("cluster, the guide's six", Scope.Cluster, MetricTable.Guide),
            ("cluster, and two percentiles", Scope.Cluster, MetricTable.Guide | percentiles),
            ("route, the guide's six", route, MetricTable.Guide),
            ("route, and two percentiles", route, MetricTable.Guide | percentiles),
        })
        {
            // The first ones fill the caches and compile the code, as on a node that has run for a while.
            await ReadAsync(client, scope, metrics, reads / 4);
            var (milliseconds, bytes) = await ReadAsync(client, scope, metrics, reads);
            measured.Add((what, Percentiles.Of(milliseconds), bytes / 1e3));
        }

        return measured;
    }

    private static async Task<(List<double> Milliseconds, long Bytes)> ReadAsync(ClusterClient client, Scope scope, MetricSet metrics, int reads)
    {
        var (milliseconds, bytes) = (new List<double>(), 0L);
        while (milliseconds.Count < reads)
        {
            await Task.Delay(Pause, TimeProvider.System);
            var latest = (await client.Series.GetSnapshotsAsync(scope, 0, follows: true))[^1];
            var frames = new HistoryFrames(client.Grains, TimeProvider.System);
            var began = TimeProvider.System.GetTimestamp();
            var events = await frames.GetAsync(metrics, new HistoryChoice(scope, HistoryChoice.DefaultSeconds, 0), latest);
            milliseconds.Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
            bytes = events.Sum(e => (long)e.Length);
        }

        return (milliseconds, bytes);
    }
}
