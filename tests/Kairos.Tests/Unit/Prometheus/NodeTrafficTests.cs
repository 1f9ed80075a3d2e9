using Kairos.Gateway;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class NodeTrafficTests : IDisposable
{
    private readonly Measurements _measurements = new();
    private readonly FakeTimeProvider _time = new();
    private readonly RequestMeter _meter;
    private readonly NodeTraffic _traffic;

    public NodeTrafficTests()
    {
        _meter = new RequestMeter(new MeteringOptions(), new GatewayInstruments(_measurements));
        _traffic = new NodeTraffic(_meter, _time);
    }

    [Fact]
    public void Read_ByRoute_SumsItsDestinationsAndAllAreTheNode()
    {
        _meter.SeriesOf("orders", "shop", "d1").Record(200, 0.1);
        _meter.SeriesOf("orders", "shop", "d2").Record(503, 0.2);
        _meter.SeriesOf("", "", "").Record(404, 0.3);

        var reading = _traffic.Read();

        Assert.Equal(new RequestCounters(0, 1, 0, 1, 1, 0, 3, 600_000), reading.Node.Counters);
        Assert.Equal(new RequestCounters(0, 1, 0, 0, 1, 0, 2, 300_000), reading.Routes["orders"].Counters);
        Assert.Equal(["(unmatched)", "orders"], reading.Routes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((3, 2), (reading.Node.Durations.Count, reading.Routes["orders"].Durations.Count));
    }

    [Fact]
    public void Read_NamesThatAreOneInUtf8_ShareALabel()
    {
        _meter.SeriesOf("a\ud800", "c", "d").Record(200, 0.1);
        _meter.SeriesOf("a\udfff", "c", "d").Record(200, 0.1);

        Assert.Equal(2, Assert.Single(_traffic.Read().Routes, route => route.Key == "a\ufffd").Value.Counters.Requests);
    }

    [Fact]
    public void Read_MoreRoutesThanHaveLabels_PutsTheRestIntoOneAndEachStaysWhereItIs()
    {
        for (var i = 0; i < NodeTraffic.RoutesMax; i++)
            _meter.SeriesOf($"early{i}", "c", "d").Record(200, 0.1);
        Assert.Equal(NodeTraffic.RoutesMax, _traffic.Read().Routes.Count);

        for (var i = 0; i < 300; i++)
            _meter.SeriesOf($"late{i}", "c", "d").Record(200, 0.1);
        _meter.SeriesOf("early7", "c", "d").Record(200, 0.1);
        Refresh();
        var reading = _traffic.Read();

        Assert.Equal(NodeTraffic.RoutesMax + 1, reading.Routes.Count);
        Assert.Equal((300, 2), (reading.Routes["(overflow)"].Counters.Requests, reading.Routes["early7"].Counters.Requests));
        Assert.Equal(NodeTraffic.RoutesMax + 301, reading.Node.Counters.Requests);
    }

    [Fact]
    public void Read_Again_IsTheSameReadingUntilATenthOfASecondIsOver()
    {
        var first = _traffic.Read();
        _meter.SeriesOf("orders", "shop", "d1").Record(200, 0.1);
        Assert.Same(first, _traffic.Read());

        Refresh();
        Assert.Equal((0, 1), (first.Node.Counters.Requests, _traffic.Read().Node.Counters.Requests));
    }

    public void Dispose() => _measurements.Dispose();

    private void Refresh() => _time.Advance(TimeSpan.FromMilliseconds(101));
}
