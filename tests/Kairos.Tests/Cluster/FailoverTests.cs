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
}
