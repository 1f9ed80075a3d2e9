using System.Diagnostics.Metrics;
using Kairos.Gateway;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Yarp.ReverseProxy.Model;

namespace Kairos.Tests.Unit;

public sealed class TrafficMetricsTests : IDisposable
{
    private readonly Measurements _meters = new();
    private readonly FakeTimeProvider _time = new();
    private readonly SnapshotHub _hub;
    private readonly RequestMeter _meter;
    private readonly FakeProxy _proxy = new();
    private readonly ClientConnections _connections;

    public TrafficMetricsTests()
    {
        _hub = new SnapshotHub(Scope.Cluster, _time);
        _meter = new RequestMeter(new MeteringOptions(), new GatewayInstruments(_meters));
        _connections = new ClientConnections(_meters);
        _ = new TrafficMetrics(_meters, new NodeTraffic(_meter, _time), _proxy.Gauges(_meter, connections: _connections), _hub, _time);
    }

    [Fact]
    public void Cluster_EachInstrument_ShowsItsField()
    {
        var counters = new RequestCounters(1, 2, 3, 4, 5, 6, 7, 8_000_000)
        {
            BytesReceived = 9,
            BytesSent = 10,
            ConnectErrors = 11,
            TimeoutErrors = 12,
            ResetErrors = 13,
        };
        Assert.DoesNotContain(Read(), value => value.Key.StartsWith("kairos.cluster.", StringComparison.Ordinal));
        var gauges = new Gauges(14, Upgraded: 15, ClientConnections: 16, Destinations: 17, DestinationsHealthy: 18, Gateways: 19);
        _hub.Publish(Make.Snapshot(Make.Tick) with { Counters = counters, Gauges = gauges });

        var values = Read();

        double Of(string instrument) => values[$"kairos.cluster.{instrument}"];
        Assert.Equal((21, 2, 9, 7, 8), (Of("requests"), Of("requests.success"), Of("requests.error"), Of("requests.timed"), Of("requests.duration")));
        Assert.Equal((1, 2, 3), (Of("responses/1xx"), Of("responses/2xx"), Of("responses/3xx")));
        Assert.Equal((4, 5, 6), (Of("responses/4xx"), Of("responses/5xx"), Of("responses/other")));
        Assert.Equal((9, 10), (Of("request.bytes"), Of("response.bytes")));
        Assert.Equal((11, 12, 13), (Of("destination.errors/connect"), Of("destination.errors/timeout"), Of("destination.errors/reset")));
        Assert.Equal((14, 15, 16), (Of("active_connections"), Of("upgraded_connections"), Of("client_connections")));
        Assert.Equal((17, 18, 19, Make.Tick), (Of("destinations"), Of("destinations.healthy"), Of("gateways"), Of("snapshot.timestamp")));
        Assert.Equal(100.0 * 2 / 11, Of("success_rate"));
    }

    [Fact]
    public void Node_WhatItCounted_IsShownAlsoByRoute()
    {
        _meter.SeriesOf("orders", "shop", "d1").Record(200, 0.5);
        _meter.SeriesOf("orders", "shop", "d2").Record(502, 0.5);
        _meter.SeriesOf("", "", "").Record(404, 0.25);

        var values = Read();

        Assert.Equal((3, 1, 2, 1.25), (values["kairos.requests"], values["kairos.requests.success"], values["kairos.requests.error"], values["kairos.requests.duration"]));
        Assert.Equal((2, 1), (values["kairos.route.requests/orders"], values["kairos.route.requests.error/orders"]));
        Assert.Equal((1, 1), (values["kairos.route.requests/(unmatched)"], values["kairos.route.requests.error/(unmatched)"]));
    }

    [Fact]
    public void Node_WhatIsSoNow_IsShown()
    {
        _meter.RouteOf("orders").Begin();
        for (var i = 0; i < 2; i++)
            _meter.UpgradedBegin();
        _meters.Create("Microsoft.AspNetCore.Server.Kestrel").CreateUpDownCounter<long>("kestrel.active_connections").Add(3);
        DestinationState[] of = [new("d1"), new("d2"), new("d3"), new("d4"), new("d5")];
        _proxy.Add("shop", of, of[..4]);

        var values = Read();

        Assert.Equal((1, 2, 3), (values["kairos.active_connections"], values["kairos.upgraded_connections"], values["kairos.client_connections"]));
        Assert.Equal((5, 4), (values["kairos.destinations"], values["kairos.destinations.healthy"]));
    }

    public void Dispose()
    {
        _connections.Dispose();
        _meters.Dispose();
    }

    /// <summary>Every value as a scrape would find it, by instrument and the value of its one tag.</summary>
    private Dictionary<string, double> Read()
    {
        var values = new Dictionary<string, double>();
        void Keep<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
            where T : struct, IConvertible =>
            values.Add(tags.Length == 0 ? instrument.Name : $"{instrument.Name}/{tags[0].Value}", Convert.ToDouble(value, null));

        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, subscriber) =>
        {
            if (instrument.IsObservable && _meters.Has(instrument.Meter))
                subscriber.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>(Keep);
        listener.SetMeasurementEventCallback<int>(Keep);
        listener.SetMeasurementEventCallback<double>(Keep);
        listener.Start();
        listener.RecordObservableInstruments();
        return values;
    }
}
