using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class TopRankingsTests : IDisposable
{
    private const long T = Make.Tick;

    private readonly Measurements _measured = new();
    private readonly Rollup _rollup;
    private readonly TopRankings _top = new();

    public TopRankingsTests()
    {
        _rollup = new Rollup(1, null, new GrainInstruments(_measured));
        Tick(T, ("a", 5), ("b", 50), ("c", 0));
        Tick(T + 1, ("a", 7), ("b", 1));
    }

    [Fact]
    public void Get_ByACounter_IsHighestFirstAndEqualOnesByName()
    {
        Tick(T + 2, ("d", 12));
        var ranking = _top.Get(Query("requests_total", 10), _rollup);
        Assert.Equal(T + 2, ranking.Tick);
        Assert.Equal([("b", 51.0), ("a", 12.0), ("d", 12.0), ("c", 0.0)], ranking.Rows.Select(row => (row.Name, row.Value)));
        Assert.Equal(["b", "a"], _top.Get(Query("requests_total", 2), _rollup).Rows.Select(row => row.Name));
    }

    [Fact]
    public void Get_ByAMetricOfAnInterval_CoversThatAlone()
    {
        Assert.Equal([("a", 7.0), ("b", 1.0), ("c", 0.0)], _top.Get(Query("requests_per_second", 10), _rollup).Rows.Select(row => (row.Name, row.Value)));
        Assert.Equal([("b", 25.5), ("a", 6.0), ("c", 0.0)], _top.Get(Query("requests_per_second", 10, interval: 2), _rollup).Rows.Select(row => (row.Name, row.Value)));
    }

    [Fact]
    public void Get_AScopeWithoutAValue_IsNotInIt() =>
        Assert.Equal(["a", "b"], _top.Get(Query("response_time_p99", 10), _rollup).Rows.Select(row => row.Name));

    [Fact]
    public void Get_FurtherMetrics_AreInTheOrderOfTheTable()
    {
        var further = MetricTable.Find("requests_success")!.Value | MetricTable.Find("response_time_p50")!.Value | MetricTable.Find("requests_total")!.Value;
        var row = _top.Get(Query("requests_per_second", 10) with { Metrics = further.Bits }, _rollup).Rows[2];
        Assert.Equal("c", row.Name);
        Assert.Equal([0, 0, double.NaN], row.Values);
    }

    [Fact]
    public void Get_TheSameQueryInATick_IsComputedOnce()
    {
        var first = _top.Get(Query("requests_total", 10), _rollup);
        Assert.Same(first, _top.Get(Query("requests_total", 10), _rollup));
        Tick(T + 2, ("a", 1));
        Assert.NotSame(first, _top.Get(Query("requests_total", 10), _rollup));
    }

    [Fact]
    public void Get_AnUnknownMetricOrTheCluster_HasNoRows()
    {
        Assert.Empty(_top.Get(Query("cpu", 10), _rollup).Rows);
        Assert.Empty(_top.Get(Query("requests_total", 10) with { Of = ScopeKind.Cluster }, _rollup).Rows);
    }

    public void Dispose() => _measured.Dispose();

    private static TopQuery Query(string by, int count, int interval = 1) => new(ScopeKind.Route, by, 0, count, interval);

    private void Tick(long tick, params (string Route, int Requests)[] requests)
    {
        var parts = requests.SelectMany(r => Make.Parts(new SeriesKey(r.Route, "", ""), "gw-1", r.Requests));
        _rollup.Stage(0, Make.Answer(new ShardTick(tick, [new TickNode("gw-1", default)], [.. parts])));
        _rollup.Advance(tick);
    }
}
