using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class ReportBufferTests : IDisposable
{
    private const long T = Make.Tick;

    private readonly Measurements _measurements = new();
    private readonly RequestMeter _meter;
    private readonly ReportBuffer _buffer;

    public ReportBufferTests()
    {
        var instruments = new GatewayInstruments(_measurements);
        _meter = new RequestMeter(new MeteringOptions(), instruments);
        _buffer = new ReportBuffer("gw-1", shards: 0, ticksMax: 3, _meter, new FakeProxy().Gauges(_meter), instruments);
        _buffer.Capture(T);
    }

    [Fact]
    public void Capture_WithinATick_LeavesItOpen()
    {
        Record();
        _buffer.Capture(T);
        var report = _buffer.Build(leaving: false);
        Assert.Equal(("gw-1", T - 1, false), (report.Node, report.ClosedTick, report.Leaving));
        Assert.Equal((T, Make.Counters(1)), One(report));
    }

    [Fact]
    public void Capture_TimeMovedOn_ClosesTheTickWithWhatWasCountedBefore()
    {
        Record();
        _buffer.Capture(T + 1);
        Record();
        _buffer.Capture(T + 1);
        var report = _buffer.Build(leaving: false);
        Assert.Equal(T, report.ClosedTick);
        Assert.Equal([(T, 1), (T + 1, 2)], Requests(report));
    }

    [Fact]
    public void Build_MoreSeriesThanAReportShouldHold_HasTheOldestTicksFirst()
    {
        const int perTick = 9_000;
        var meter = new RequestMeter(new MeteringOptions { MaxSeries = perTick }, new GatewayInstruments(_measurements));
        var buffer = new ReportBuffer("gw-1", shards: 4, ticksMax: 10, meter, new FakeProxy().Gauges(meter), new GatewayInstruments(_measurements));
        for (var tick = T; tick < T + 4; tick++)
        {
            for (var i = 0; i < perTick; i++)
                meter.SeriesOf($"route-{i}", "c", "d").Record(200, 0.001);
            buffer.Capture(tick);
            buffer.Capture(tick + 1);
        }

        // Two ticks fit. What is left out is neither closed nor the end.
        var first = buffer.Build(leaving: true);
        Assert.Equal([T, T + 1], first.Ticks.Select(tick => tick.Tick));
        Assert.Equal((T + 1, false, 4, T + 4), (first.ClosedTick, first.Leaving, first.Shards, first.OpenTick));
        buffer.Acknowledge(first.ClosedTick);
        var last = buffer.Build(leaving: true);
        Assert.Equal([T + 2, T + 3, T + 4], last.Ticks.Select(tick => tick.Tick));
        Assert.Equal((T + 4, true), (last.ClosedTick, last.Leaving));
    }

    [Fact]
    public void Capture_ClockSetBack_ReopensNothing()
    {
        _buffer.Capture(T + 5);
        Record();
        _buffer.Capture(T - 100);
        Assert.Equal(T + 4, _buffer.ClosedTick);
        Assert.Equal((T + 5, 1), Requests(_buffer.Build(leaving: false))[^1]);
    }

    [Fact]
    public void Capture_AfterALongPause_HasOnlyTheTicksThatTheBufferHolds()
    {
        Record();
        _buffer.Capture(T + 1_000_000);
        var report = _buffer.Build(leaving: false);
        Assert.Equal([T + 999_997, T + 999_998, T + 999_999, T + 1_000_000], report.Ticks.Select(tick => tick.Tick));
        Assert.Equal(1, report.Ticks.Sum(tick => tick.Series.Sum(series => series.Counters.Requests)));
    }

    [Fact]
    public void Capture_BeyondTheLimit_FoldsTheOldestIntoTheNext()
    {
        for (var tick = T; tick < T + 6; tick++)
        {
            Record(seconds: 0.001 * (tick - T + 1));
            _buffer.Capture(tick + 1);
        }

        var report = _buffer.Build(leaving: false);
        Assert.Equal([(T + 3, 4), (T + 4, 5), (T + 5, 6), (T + 6, 0)], Requests(report));
        Assert.Equal(4, report.Ticks[0].Series[0].Changed.Count);
        Assert.Equal(3, _measurements["kairos.reporting.folded"]);
    }

    [Fact]
    public void Capture_FoldOfASeriesThatTheNextTickLacks_KeepsIt()
    {
        _meter.SeriesOf("once", "", "").Record(200, 1);
        _buffer.Capture(T + 1);
        Record();
        _buffer.Capture(T + 4);
        Assert.Equal(["", "once"], _buffer.Build(leaving: false).Ticks[0].Series.Select(series => series.Key.Route).Order());
    }

    [Fact]
    public void Capture_NothingNew_MakesATickWithoutSeries()
    {
        Record();
        _buffer.Capture(T + 1);
        _buffer.Capture(T + 2);
        Assert.Empty(_buffer.Build(leaving: false).Ticks[1].Series);
    }

    [Fact]
    public void Capture_BytesOfARequestInProgress_AreInTheirOwnTick()
    {
        Record();
        _buffer.Capture(T + 1);
        _buffer.Capture(T + 2);
        _meter.SeriesOf("", "", "").AddSent(7);
        _buffer.Capture(T + 3);
        var ticks = _buffer.Build(leaving: false).Ticks;
        Assert.Equal([1, 0, 1, 0], ticks.Select(tick => tick.Series.Count));
        Assert.Equal(Make.Counters(1) with { BytesSent = 7 }, ticks[2].Series[0].Counters);
        Assert.Equal(0, ticks[2].Series[0].Changed.Count);
    }

    [Fact]
    public void Capture_RequestsInProgress_AreTheTicksGauge()
    {
        _meter.RouteOf("r").Begin();
        _buffer.Capture(T + 1);
        _meter.RouteOf("r").Begin();
        _buffer.Capture(T + 1);
        var ticks = _buffer.Build(leaving: false).Ticks;
        Assert.Equal([1, 2], ticks.Select(tick => tick.Gauges.InFlight));
        Assert.Equal([new(new SeriesKey("r", "", ""), 2)], ticks[1].InFlight);
    }

    [Fact]
    public void Acknowledge_ADurableTick_ForgetsItAndThoseBefore()
    {
        Record();
        _buffer.Capture(T + 2);
        _buffer.Acknowledge(T);
        Assert.Equal([T + 1, T + 2], _buffer.Build(leaving: false).Ticks.Select(tick => tick.Tick));

        // An acknowledgement that was overtaken takes nothing back, and the open tick is never forgotten.
        _buffer.Acknowledge(T + 10);
        _buffer.Acknowledge(0);
        Assert.Equal(T + 10, _buffer.DurableTick);
        Assert.Equal([T + 2], _buffer.Build(leaving: false).Ticks.Select(tick => tick.Tick));
    }

    [Fact]
    public void Build_Leaving_ClosesTheOpenTick()
    {
        var report = _buffer.Build(leaving: true);
        Assert.Equal((T, true), (report.ClosedTick, report.Leaving));
    }

    [Fact]
    public void Build_ThenMoreRequests_LeavesTheReportAsItWas()
    {
        Record();
        _buffer.Capture(T);
        var report = _buffer.Build(leaving: false);
        Record();
        _buffer.Capture(T);
        Assert.Equal((T, Make.Counters(1)), One(report));
        Assert.Equal(1, report.Ticks[0].Series[0].Changed.Count);
    }

    [Fact]
    public void Reincarnate_PartWasCounted_GoesOnWithTheExcess()
    {
        Record();
        Record();
        _meter.SeriesOf("counted", "", "").Record(200, 0.001);
        _buffer.Capture(T);
        var former = _buffer.Build(leaving: false).Incarnation;
        _buffer.Acknowledge(T - 1);

        _buffer.Reincarnate([new ClosedSeries(SeriesKey.Unmatched, Make.Counters(1)), new ClosedSeries(new SeriesKey("counted", "", ""), Make.Counters(1))]);
        var report = _buffer.Build(leaving: false);
        Assert.NotEqual(former, report.Incarnation);
        Assert.Equal(0, _buffer.DurableTick);
        Assert.Equal((T, Make.Counters(1)), One(report));

        Record();
        _buffer.Capture(T);
        Assert.Equal((T, Make.Counters(2)), One(_buffer.Build(leaving: false)));
    }

    public void Dispose() => _measurements.Dispose();

    private static (long Tick, RequestCounters Counters) One(NodeReport report)
    {
        var tick = Assert.Single(report.Ticks);
        return (tick.Tick, Assert.Single(tick.Series).Counters);
    }

    private static List<(long Tick, long Requests)> Requests(NodeReport report) =>
        [.. report.Ticks.Select(tick => (tick.Tick, tick.Series.Sum(series => series.Counters.Requests)))];

    private void Record(double seconds = 0.001) => _meter.SeriesOf("", "", "").Record(200, seconds);
}
