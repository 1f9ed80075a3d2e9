using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Compares what every running gateway shows with what the load counted, once traffic stands still; remembers what was lost with leave.</summary>
internal sealed class Settlement(ClusterRig rig)
{
    private const int SteadyTicks = 3;

    private Tally _lost = Tally.None;

    /// <summary>The newest tick that every gateway had shown when totals were last compared.</summary>
    public long Tick { get; private set; }

    /// <summary>
    /// Stops traffic and waits until every gateway shows the same totals for three ticks: those of the completed requests, or, where loss is
    /// allowed, at most so much less and never more than was begun. How many are lost for good.
    /// </summary>
    public async Task<long> SettleAsync(long lossMax = 0)
    {
        await rig.HoldTrafficAsync();
        var firstTick = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1;
        var expected = rig.Completed - _lost;
        Tally? shown = null;

        await Wait.UntilAsync(
            () => (shown = Agreed(firstTick)) is not null
                && (shown == expected || (shown.Total >= expected.Total - lossMax && shown.Total <= rig.Begun && lossMax > 0)),
            () => $"{expected}, less {lossMax} at most, {rig.Begun} begun. {Describe()}");
        var lost = expected - shown!;
        _lost += lost;
        Tick = rig.Running.Min(node => node.Watcher.Last!.Tick);
        return lost.Total;
    }

    /// <summary>What all gateways have shown in each of the last ticks, none before the first one given; null while they differ.</summary>
    private Tally? Agreed(long firstTick)
    {
        var shown = new HashSet<Tally>();
        foreach (var node in rig.Running)
        {
            var last = node.Watcher.LastAdvances(SteadyTicks).Where(seen => seen.Tick >= firstTick).ToArray();
            if (last.Length < SteadyTicks)
                return null;
            shown.UnionWith(last.Select(seen => seen.Counts));
        }

        return shown.Count == 1 ? shown.Single() : null;
    }

    private string Describe() => string.Join("; ", rig.Running.Select(node => $"{node.Id} shows {node.Watcher.Last}"));

    /// <summary>Every second after a tick up to the last comparison has its point of history, and values never fall.</summary>
    public async Task AssertHistoryAsync(long afterTick)
    {
        await using var access = await ClusterAccess.ConnectAsync(rig);
        var points = await access.GetHistoryAsync(afterTick, Tick);
        var ticks = points.Select(point => point.Tick).ToHashSet();
        var missing = Enumerable.Range(1, (int)(Tick - afterTick)).Select(i => afterTick + i).Where(tick => !ticks.Contains(tick)).ToArray();
        Assert.True(missing.Length == 0, $"history from {afterTick + 1} to {Tick} has no point for {string.Join(", ", missing)}");
        var values = points.Select(point => point.Counters.Requests).ToArray();
        Assert.Equal(values.Order(), values);
        Assert.Equal((rig.Completed - _lost).Total, values[^1]);
    }
}
