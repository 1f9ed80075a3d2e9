using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class RequestMeterTests : IDisposable
{
    private readonly Measurements _measurements = new();

    [Fact]
    public void SeriesOf_TheSameKey_IsTheSameSeries()
    {
        var meter = Meter(maxSeries: 10);
        Assert.Same(meter.SeriesOf("r", "c", "d"), meter.SeriesOf("r", "c", "d"));
        Assert.NotSame(meter.SeriesOf("r", "c", "d"), meter.SeriesOf("r", "c", "d2"));
        Assert.Equal(new SeriesKey("r", "c", "d"), meter.SeriesOf("r", "c", "d").Key);
    }

    [Fact]
    public void SeriesOf_BeyondTheLimit_IsTheOverflowSeriesAndCounted()
    {
        var meter = Meter(maxSeries: 2);
        var known = meter.SeriesOf("r1", "c", "d");
        meter.SeriesOf("r2", "c", "d");
        Assert.Equal(2, meter.All().Count());

        meter.SeriesOf("r3", "c", "d").Record(200, 1);
        meter.SeriesOf("r4", "c", "d").Record(200, 1);
        Assert.Equal(2, _measurements["kairos.metering.overflows"]);
        Assert.Same(known, meter.SeriesOf("r1", "c", "d"));
        var overflow = Assert.Single(meter.All(), series => series.Key == SeriesKey.Overflow);
        Assert.Equal(2, overflow.Requests);
    }

    [Fact]
    public async Task SeriesOf_FromSeveralThreads_KeepsTheLimitAndLosesNothing()
    {
        const int Threads = 8;
        const int Keys = 100;
        var meter = Meter(maxSeries: 50);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Keys * 20; i++)
                meter.SeriesOf($"r{i % Keys}", "c", "d").Record(200, 0.001);
        })));

        Assert.True(meter.All().Count() <= 51);
        Assert.Equal(Threads * Keys * 20, meter.All().Sum(series => series.Requests));
    }

    [Fact]
    public void InFlight_BegunAndEnded_IsTheDifferenceOverAllRoutesAndNone()
    {
        var meter = Meter(maxSeries: 2);
        meter.Unmatched.Begin();
        meter.RouteOf("r1").Begin();
        meter.RouteOf("r1").Begin();
        meter.RouteOf("r2").Begin();
        meter.RouteOf("beyond").Begin();
        Assert.Equal(5, meter.InFlight);
        meter.RouteOf("r1").End();
        meter.RouteOf("beyond").End();
        Assert.Equal(3, meter.InFlight);
        Assert.Equal(1, meter.RouteOf("r1").Count);
    }

    [Fact]
    public void RouteOf_BeyondTheLimit_IsOneForAllFurtherRoutes()
    {
        var meter = Meter(maxSeries: 2);
        var known = meter.RouteOf("r1");
        meter.RouteOf("r2");
        Assert.Equal(SeriesKey.Overflow, meter.RouteOf("r3").Key);
        Assert.Same(meter.RouteOf("r3"), meter.RouteOf("r4"));
        Assert.Same(known, meter.RouteOf("r1"));
        Assert.Equal(new SeriesKey("r1", "", ""), known.Key);
        Assert.Equal(3, meter.Routes().Count());
    }

    [Fact]
    public void SeriesOf_NamesThatShareASlotOfTheTable_AreSeriesOfTheirOwn()
    {
        var meter = Meter(maxSeries: 10);
        (string Route, string Cluster, string Destination)[] alike = [("ab-1", "c", "x-1"), ("cd-1", "c", "y-1"), ("ab-1", "d", "x-1"), ("ab-1", "c", "y-1")];
        for (var round = 0; round < 3; round++)
            foreach (var (route, cluster, destination) in alike)
                meter.SeriesOf(route, cluster, destination).Record(200, 0.001);
        Assert.All(alike, key => Assert.Equal(3, meter.SeriesOf(key.Route, key.Cluster, key.Destination).Requests));
    }

    public void Dispose() => _measurements.Dispose();

    private RequestMeter Meter(int maxSeries) => new(new MeteringOptions { MaxSeries = maxSeries }, new GatewayInstruments(_measurements));
}
