using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Compares what every watcher is shown with what the load counted, once traffic stands still; remembers what was lost with leave.</summary>
internal sealed class Settlement(Func<Task> holdTraffic, Func<Tally> completed, Func<long> begun, Func<IReadOnlyList<NodeWatcher>> watchers)
{
    private const int SteadyTicks = 3;

    // A minute less than the history of routes and nodes has by the second: time goes on while it is read.
    private static readonly int SecondsOfOthers = HistoryTier.Of(ScopeKind.Node)[0].RetentionSeconds - 60;

    private Tally _lost = Tally.None;

    public Settlement(ClusterRig rig)
        : this(rig.HoldTrafficAsync, () => rig.Completed, () => rig.Begun, () => [.. rig.Running.Select(node => node.Watcher)])
    {
    }

    /// <summary>The newest tick that every watcher had been shown when totals were last compared.</summary>
    public long Tick { get; private set; }

    /// <summary>
    /// Stops traffic and waits until every watcher is shown the same totals for three ticks: those of the completed requests, or, where loss is
    /// allowed, at most so much less and never more than was begun. How many are lost for good.
    /// </summary>
    public async Task<long> SettleAsync(long lossMax = 0)
    {
        await holdTraffic();
        var firstTick = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1;
        var expected = completed() - _lost;
        Tally? shown = null;

        await Wait.UntilAsync(
            () => (shown = Agreed(firstTick)) is not null
                && (shown == expected || (shown.Total >= expected.Total - lossMax && shown.Total <= begun() && lossMax > 0)),
            () => $"{expected}, less {lossMax} at most, {begun()} begun. {Describe()}");
        var lost = expected - shown!;
        _lost += lost;
        Tick = watchers().Min(watcher => watcher.Last!.Tick);
        return lost.Total;
    }

    /// <summary>What all were shown in each of the last ticks, none before the first one given; null while they differ.</summary>
    private Tally? Agreed(long firstTick)
    {
        var shown = new HashSet<Tally>();
        foreach (var watcher in watchers())
        {
            var last = watcher.LastAdvances(SteadyTicks).Where(seen => seen.Tick >= firstTick).ToArray();
            if (last.Length < SteadyTicks)
                return null;
            shown.UnionWith(last.Select(seen => seen.Counts));
        }

        return shown.Count == 1 ? shown.Single() : null;
    }

    private string Describe() => string.Join("; ", watchers().Select(watcher => $"{watcher}"));

    /// <summary>
    /// Every second after a tick up to the last comparison has its point of history, of the cluster and of a route, values never fall, and what
    /// the nodes counted, in all and in that time, is what the cluster did. Of a route and of the nodes as far back as they have the seconds.
    /// </summary>
    public async Task AssertHistoryAsync(ClusterRig rig, long afterTick)
    {
        await using var access = await ClusterAccess.ConnectAsync(rig);
        var total = (completed() - _lost).Total;
        var points = await AssertHistoryAsync(access, Scope.Cluster, afterTick);
        Assert.Equal(total, points[^1].Counters.Requests);
        var othersAfterTick = Math.Max(afterTick, Tick - SecondsOfOthers);
        await AssertHistoryAsync(access, new Scope(ScopeKind.Route, "d"), othersAfterTick);

        var nodes = await access.GetTotalsAsync(ScopeKind.Node);
        Assert.Equal(total, nodes.Values.Sum());
        var added = 0L;
        foreach (var node in nodes.Keys)
            added += (await access.GetHistoryAsync(new Scope(ScopeKind.Node, node), othersAfterTick, Tick)).Sum(point => point.Added.Requests);
        Assert.Equal(points.Where(point => point.Tick > othersAfterTick).Sum(point => point.Added.Requests), added);
    }

    private async Task<IReadOnlyList<HistoryPoint>> AssertHistoryAsync(ClusterAccess access, Scope scope, long afterTick)
    {
        var points = await access.GetHistoryAsync(scope, afterTick, Tick);
        var ticks = points.Select(point => point.Tick).ToHashSet();

        // A route begins with its first request.
        var first = scope == Scope.Cluster ? afterTick + 1 : points[0].Tick;
        var missing = Enumerable.Range(0, (int)(Tick - first) + 1).Select(i => first + i).Where(tick => !ticks.Contains(tick)).ToArray();
        Assert.True(missing.Length == 0, $"history of {scope} from {afterTick + 1} to {Tick} has no point for {string.Join(", ", missing)}");
        var values = points.Select(point => point.Counters.Requests).ToArray();
        Assert.Equal(values.Order(), values);
        Assert.Equal(values[^1] - values[0], points.Skip(1).Sum(point => point.Added.Requests));
        return points;
    }
}
