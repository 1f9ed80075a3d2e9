using Xunit;

namespace Kairos.Tests.Cluster;

/// <summary>The roll-up moves while things are out of its reach.</summary>
[Collection(SilosInThisProcess.Name)]
public sealed class FailoverTests
{
    [Fact]
    public async Task GetHistory_TheRollUpMovesAfterSecondsInWhichNoShardWasReached_HasEachSecondWithItsCounts()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var node = await NodeBed.StartAsync(silo, "gw-1");
        node.Record(12);
        var first = await silo.SnapshotAsync(s => s.Counters.Requests == 12);

        silo.Collects.Fail = true;
        await silo.SnapshotAsync(s => s.Tick > first.Tick + 1);
        node.Record(5);

        // A report has them by the end of the second after.
        var counted = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 2;
        var unheard = await silo.SnapshotAsync(s => s.Tick > counted);
        await silo.DeactivateSeriesAsync();
        silo.Collects.Fail = false;

        var last = await silo.SnapshotAsync(s => s.Generation > unheard.Generation && s.Tick > unheard.Tick);
        Assert.Equal(17, last.Counters.Requests);
        foreach (var scope in new[] { Scope.Cluster, new Scope(ScopeKind.Route, "orders"), new Scope(ScopeKind.Node, "gw-1") })
        {
            var points = (await silo.Series.GetHistoryAsync(new HistoryQuery(scope, first.Tick - 1, last.Tick, 1, 100, true))).Points;
            Assert.Equal(Enumerable.Range(0, (int)(last.Tick - first.Tick) + 1).Select(i => first.Tick + i), points.Select(p => p.Tick));
            Assert.Equal(17, points.Single(p => p.Tick == counted).Counters.Requests);
            Assert.Equal(17, points.Sum(p => p.Durations?.Count ?? 0));
        }
    }

    [Fact]
    public async Task GetSeconds_TheRollUpMovesWhileNoShardIsReached_TellsEverySecondOnceItIsKnown()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var node = await NodeBed.StartAsync(silo, "gw-1");
        node.Record(12);
        var first = await silo.SnapshotAsync(s => s.Counters.Requests == 12);

        // Snapshots go on; that nobody reported in these seconds is not said.
        silo.Collects.Fail = true;
        node.Record(5);
        var unheard = await silo.SnapshotAsync(s => s.Tick > first.Tick + 3);
        Assert.InRange((await silo.Series.GetSecondsAsync(Scope.Cluster, first.Tick - 1, true)).ToTick, first.Tick, unheard.Tick - 1);
        await silo.DeactivateSeriesAsync();
        var moved = await silo.Series.GetSecondsAsync(Scope.Cluster, first.Tick - 1, true);
        Assert.Equal((first.Tick - 1, first.Tick - 1, 0), (moved.AfterTick, moved.ToTick, moved.Points.Count));

        silo.Collects.Fail = false;
        var last = await silo.SnapshotAsync(s => s.Generation > unheard.Generation && s.Tick > unheard.Tick);
        foreach (var (scope, requests) in new[] { (Scope.Cluster, 17), (new Scope(ScopeKind.Route, "orders"), 17), (new Scope(ScopeKind.Node, "gw-1"), 17), (new Scope(ScopeKind.Node, "gw-0"), 0) })
        {
            var range = await Eventually.GetAsync(() => silo.Series.GetSecondsAsync(scope, first.Tick - 1, true), range => range.ToTick >= last.Tick);
            Assert.Equal(Enumerable.Range(0, (int)(range.ToTick - first.Tick) + 1).Select(i => first.Tick + i), range.Points.Select(p => p.Tick));
            Assert.Equal((requests, requests), (range.Points[^1].Counters.Requests, range.Points.Sum(p => p.Durations?.Count ?? 0)));
        }
    }
}
