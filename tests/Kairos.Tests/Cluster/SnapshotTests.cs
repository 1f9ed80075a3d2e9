using Orleans.Streams;
using Xunit;

namespace Kairos.Tests.Cluster;

/// <summary>From reports to what clients of the series see.</summary>
[Collection(SilosInThisProcess.Name)]
public sealed class SnapshotTests
{
    [Fact]
    public async Task GetSnapshots_TwoNodesOnDifferentShards_AreOneClusterWithExactTotals()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var first = await NodeBed.StartAsync(silo, "gw-1");
        await using var second = await NodeBed.StartAsync(silo, "gw-2");
        Assert.NotEqual(first.Shard.GetPrimaryKeyLong(), second.Shard.GetPrimaryKeyLong());

        first.Record(70);
        second.Record(20);
        second.Record(10, status: 503);
        first.Begin();
        second.Begin();
        var snapshot = await silo.SnapshotAsync(s => s.Counters.Requests == 100 && s.Gauges.InFlight == 2);
        Assert.Equal(new RequestCounters(0, 90, 0, 0, 10, 0, 100, 200_000), snapshot.Counters);
        Assert.Equal(2, snapshot.Gauges.Gateways);
        Assert.Equal(100, snapshot.Durations[SketchLayout.BucketOf(0.002)]);

        // A node that leaves takes its gauges with it and leaves its counts.
        await second.StopAsync();
        snapshot = await silo.SnapshotAsync(s => s.Gauges.Gateways == 1);
        Assert.Equal((100, 1), (snapshot.Counters.Requests, snapshot.Gauges.InFlight));
    }

    [Fact]
    public async Task GetSnapshots_ANodeThatDied_LosesItsGaugesAfterTheLease()
    {
        await using var silo = await SiloBed.StartAsync();
        var node = Guid.NewGuid();
        var seen = await Eventually.GetAsync(
            async () =>
            {
                var open = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1;
                await silo.Shard(0).ReportAsync(Unit.Make.Node("gw-dead", node, open - 1, Unit.Make.Report(open - 1, 6, inFlight: 9), Unit.Make.Report(open, 6, inFlight: 9)));
                return await silo.LatestAsync();
            },
            snapshot => snapshot is { Gauges: { InFlight: 9, Gateways: 1 } });
        Assert.Equal(6, seen!.Counters.Requests);

        // It reports no more.
        var later = await silo.SnapshotAsync(s => s is { Gauges: { InFlight: 0, Gateways: 0 } });
        Assert.Equal(6, later.Counters.Requests);
    }

    [Fact]
    public async Task Stream_ASubscriber_GetsTheSnapshotsThatACallGives()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var node = await NodeBed.StartAsync(silo, "gw-1");
        var streamed = new List<Snapshot>();
        var stream = silo.Client.GetStreamProvider(SnapshotStreams.Provider)
            .GetStream<Snapshot>(StreamId.Create(SnapshotStreams.Namespace, SnapshotStreams.ClusterScope));
        await stream.SubscribeAsync((snapshot, _) =>
        {
            lock (streamed)
                streamed.Add(snapshot);
            return Task.CompletedTask;
        });

        node.Record(30);
        await Eventually.GetAsync(() => Task.FromResult(Copy()), got => got.Count >= 3 && got[^1].Counters.Requests == 30);
        var called = (await silo.Series.GetSnapshotsAsync(Scope.Cluster, 0, follows: true)).ToDictionary(s => s.Tick);
        var received = Copy();
        Assert.All(received.Zip(received.Skip(1)), pair => Assert.True(pair.First.Tick < pair.Second.Tick));
        Assert.All(received.Where(s => s.Gauges.Gateways > 0), s => Assert.Equal(s with { Durations = called[s.Tick].Durations }, called[s.Tick]));

        List<Snapshot> Copy()
        {
            lock (streamed)
                return [.. streamed];
        }
    }

    [Fact]
    public async Task GetHistory_ANodeRuns_HasAPointForEachSecond()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var node = await NodeBed.StartAsync(silo, "gw-1");
        node.Record(12);
        var first = await silo.SnapshotAsync(s => s.Counters.Requests == 12);
        var last = await silo.SnapshotAsync(s => s.Tick >= first.Tick + 4);
        var points = (await silo.Series.GetHistoryAsync(new HistoryQuery(Scope.Cluster, first.Tick - 1, last.Tick, 1, 100, false))).Points;
        Assert.Equal(Enumerable.Range(0, (int)(last.Tick - first.Tick) + 1).Select(i => first.Tick + i), points.Select(p => p.Tick));
        Assert.All(points, point => Assert.Equal(12, point.Counters.Requests));
    }

    [Fact]
    public async Task Restart_AGracefulOne_KeepsTotalsHistoryAndRaisesTheGeneration()
    {
        await using var silo = await SiloBed.StartAsync();
        Snapshot before;
        await using (var node = await NodeBed.StartAsync(silo, "gw-1"))
        {
            node.Record(40);
            before = await silo.SnapshotAsync(s => s.Counters.Requests == 40);
        }

        await silo.RestartAsync();
        var after = await silo.SnapshotAsync(_ => true);
        Assert.Equal(before.Counters, after.Counters);
        Assert.Equal(40, after.Durations.Count);
        Assert.True(after.Generation > before.Generation && after.Tick > before.Tick);
        var points = (await silo.Series.GetHistoryAsync(new HistoryQuery(Scope.Cluster, before.Tick - 1, before.Tick, 1, 10, false))).Points;
        Assert.Equal(before.Counters, Assert.Single(points).Counters);

        // And goes on from there.
        await using var again = await NodeBed.StartAsync(silo, "gw-1");
        again.Record(2);
        Assert.Equal(42, (await silo.SnapshotAsync(s => s.Counters.Requests > 40)).Counters.Requests);
    }
}
