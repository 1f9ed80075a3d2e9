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
        var stopped = TimeProvider.System.GetTimestamp();
        var expected = rig.Completed - _lost;

        bool Fits(Tally shown) => shown == expected
            || (lossMax > 0 && shown.Total >= expected.Total - lossMax && shown.Total <= rig.Begun);

        await Wait.UntilAsync(
            () => Agreed(stopped) is { } shown && Fits(shown),
            () => $"{expected}, less {lossMax} at most, {rig.Begun} begun. {Describe()}");
        var lost = expected - Agreed(stopped)!;
        _lost += lost;
        Tick = rig.Running.Min(node => node.Watcher.Last!.Tick);
        return lost.Total;
    }

    /// <summary>What all gateways have shown in each of their last ticks since a timestamp; null while they differ.</summary>
    private Tally? Agreed(long since)
    {
        var shown = new HashSet<Tally>();
        foreach (var node in rig.Running)
        {
            // The first Snapshot to arrive may still be of the last second with traffic.
            var last = node.Watcher.AdvancesSince(since).Skip(1).TakeLast(SteadyTicks).ToArray();
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
