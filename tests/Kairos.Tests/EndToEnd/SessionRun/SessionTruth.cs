using System.Globalization;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Holds what clients of sessions were told at the end of a run against what the cluster says of itself by HTTP.</summary>
/// <param name="http">Of any gateway.</param>
internal sealed class SessionTruth(HttpClient http)
{
    private const string NoSeconds = "The series has no such seconds";

    private readonly Dictionary<(long From, long To), HashSet<long>> _known = [];

    /// <summary>What is wrong in a record, as of a tick up to which the client must have all there is.</summary>
    public async Task<IReadOnlyList<string>> FaultsOfAsync(SessionClient client, long tick)
    {
        var (snapshots, gaps, interval) = (client.Record.Snapshots, client.Record.Gaps, client.Subscription.IntervalSeconds);
        var faults = new List<string>();
        var unexplained = snapshots.Zip(snapshots.Skip(1), (former, next) => (From: former.Tick, To: next.Tick))
            .Where(step => step.To != step.From + interval && !gaps.Any(gap => (gap.FromTick, gap.FirstTick) == step))
            .ToArray();
        if (unexplained.Length > 0)
            faults.Add($"steps that nothing explains: {string.Join(", ", unexplained)}");
        if (snapshots[^1].Tick < tick)
            faults.Add($"its last tick is {snapshots[^1].Tick}");
        foreach (var gap in gaps)
        {
            if (!gap.Reason.StartsWith(NoSeconds, StringComparison.Ordinal))
                faults.Add($"not in this run: {gap}");
            else if (await PresentAsync(gap, interval) is { Length: > 0 } present)
                faults.Add($"not true: {gap}; the series has seconds of {string.Join(", ", present)}");
        }

        return [.. faults.Select(fault => $"{client.Record.Id} ({client.Subscription}): {fault}")];
    }

    /// <summary>The newest total of a scope.</summary>
    public async Task<long> TotalAsync(string scope) =>
        (await http.GetApiAsync($"snapshot?metric=requests_total&scope={scope}")).GetProperty("metrics").Count("requests_total");

    /// <summary>The ticks of a grid that a gap passes over although the cluster has a second of their interval.</summary>
    private async Task<long[]> PresentAsync(RecordedGap gap, int interval)
    {
        var seconds = await SecondsAsync(gap.FromTick, gap.FirstTick);
        return [.. Enumerable.Range(1, (int)((gap.FirstTick - gap.FromTick) / interval) - 1)
            .Select(i => gap.FromTick + ((long)i * interval))
            .Where(tick => Enumerable.Range(0, interval).Any(i => seconds.Contains(tick - i)))];
    }

    private async Task<HashSet<long>> SecondsAsync(long afterTick, long toTick)
    {
        if (_known.TryGetValue((afterTick, toTick), out var known))
            return known;
        var history = await http.GetApiAsync(string.Create(CultureInfo.InvariantCulture, $"history?metric=requests_total&scope=cluster&step=1&from={afterTick}&to={toTick}"));
        Assert.Equal(1, history.GetProperty("step_seconds").GetInt32());
        HashSet<long> seconds = [.. history.GetProperty("series")[0].GetProperty("data_points").EnumerateArray().Select(MetricsEvents.Tick)];
        return _known[(afterTick, toTick)] = seconds;
    }
}
