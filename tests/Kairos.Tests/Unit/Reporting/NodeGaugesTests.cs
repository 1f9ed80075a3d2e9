using Kairos.Gateway;
using Xunit;
using Yarp.ReverseProxy.Model;

namespace Kairos.Tests.Unit;

public sealed class NodeGaugesTests : IDisposable
{
    private readonly Measurements _measurements = new();
    private readonly FakeProxy _proxy = new();
    private readonly RequestMeter _meter;

    public NodeGaugesTests() => _meter = new RequestMeter(new MeteringOptions { MaxSeries = 2 }, new GatewayInstruments(_measurements));

    private NodeGauges Gauges => _proxy.Gauges(_meter, maxSeries: 2);

    [Fact]
    public void Read_Destinations_AreThoseOfAllClusters()
    {
        DestinationState[] of = [new("d1"), new("d2"), new("d3")];
        _proxy.Add("a", of, of[..1]);
        _proxy.Add("b", of[..2], of[..2]);
        _proxy.Add("none", [], []);
        _meter.UpgradedBegin();
        _meter.UpgradedBegin();
        _meter.UpgradedEnd();
        _meter.Unmatched.Begin();
        Assert.Equal(new Gauges(1, Upgraded: 1, Destinations: 5, DestinationsHealthy: 3, Gateways: 1), Gauges.Read());
    }

    [Fact]
    public void ReadInFlight_RoutesAndDestinations_AreThereWhileSomethingIsInProgress()
    {
        DestinationState[] of = [new("d1") { ConcurrentRequestCount = 3 }, new("idle")];
        _proxy.Add("a", of, of);
        _meter.RouteOf("idle");
        _meter.RouteOf("r").Begin();
        _meter.RouteOf("beyond-1").Begin();
        _meter.RouteOf("beyond-2").Begin();
        _meter.Unmatched.Begin();
        Assert.Equal(
            [new(new SeriesKey("r", "", ""), 1), new(SeriesKey.Overflow, 2), new(new SeriesKey("", "a", "d1"), 3)], Gauges.ReadInFlight());
    }

    [Fact]
    public void ReadInFlight_MoreDestinationsThanSeries_AreNoMoreThanThose()
    {
        var of = Enumerable.Range(0, 5).Select(i => new DestinationState($"d{i}") { ConcurrentRequestCount = 1 }).ToArray();
        _proxy.Add("a", of, of);
        Assert.Equal(2, Gauges.ReadInFlight().Count);
    }

    public void Dispose() => _measurements.Dispose();
}
