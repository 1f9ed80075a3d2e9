namespace Kairos.Tests.Unit;

/// <summary>A shard at the end of a tick, as a rollup that asks for the first time adds it up: cumulative, over all series.</summary>
internal sealed record Shown(long Tick, RequestCounters Counters, int InFlight, int Nodes, Sketch Durations)
{
    /// <summary>The ticks of an answer; what its baseline has comes before the first.</summary>
    public static List<Shown> Of(ShardBaseline? baseline, IReadOnlyList<ShardTick> ticks)
    {
        var shown = new List<Shown>();
        var sum = SumOf(baseline?.Parts ?? []);
        foreach (var tick in ticks)
        {
            sum.Add(SumOf(tick.Added));
            shown.Add(new Shown(tick.Tick, sum.Counters, tick.Nodes.Sum(node => node.Gauges.InFlight), tick.Nodes.Count, sum.Durations.Clone()));
        }

        return shown;
    }

    /// <summary>Over all series, which must be the same as over all nodes.</summary>
    public static Counts SumOf(IReadOnlyList<PartCounts> parts)
    {
        var (series, nodes) = (new Counts(), new Counts());
        foreach (var part in parts)
            (part.Key.Node.Length == 0 ? series : nodes).Add(part.Counts);
        Xunit.Assert.Equal(series.Counters, nodes.Counters);
        return series;
    }
}
