using System.Text;
using Kairos.Client;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>The frames of docs/protocol.md, as a client of the stream gives them to its reader.</summary>
public sealed class MetricsEventReaderTests
{
    private static readonly DateTimeOffset Instant = new(2024, 11, 7, 10, 30, 0, TimeSpan.Zero);

    [Fact]
    public void Snapshot_Read_HasItsValuesAndNullForAPercentileOfNoRequest()
    {
        var snapshot = Read<SnapshotEvent>(
            """{"type":"Snapshot","timestamp":"2024-11-07T10:30:00Z","requests_total":1547,"avg_response_time":45.2,"response_time_p99":null,"tick":1730975400}""");
        Assert.Equal((1_730_975_400, Instant), (snapshot.Tick, snapshot.Timestamp));
        Assert.Equal(new Dictionary<string, double?> { ["requests_total"] = 1547, ["avg_response_time"] = 45.2, ["response_time_p99"] = null }, snapshot.Values);
    }

    [Fact]
    public void Session_Read_HasItsSubscription()
    {
        var session = Read<SessionEvent>(
            """{"type":"Session","session_id":"3f1b5c0e9d6a4f2c8b7e","resumed":true,"recovered":true,"subscription":{"metrics":["requests_total"],"interval_seconds":1,"scope":{"route":"orders"}}}""");
        Assert.Equal(("3f1b5c0e9d6a4f2c8b7e", true, true, (long?)null, (string?)null), (session.SessionId, session.Resumed, session.Recovered, session.FirstTick, session.Reason));
        Assert.Equal((1, MetricsScope.Route("orders")), (session.Subscription.IntervalSeconds, session.Subscription.Scope));
        Assert.Equal(["requests_total"], session.Subscription.Metrics);
    }

    [Fact]
    public void TimeSeries_Read_HasItsPoints()
    {
        var series = Read<TimeSeriesEvent>("""{"type":"TimeSeries","metric_name":"requests_total","data_points":[{"timestamp":"2024-11-07T10:30:00Z","value":1000.0}]}""");
        Assert.Equal("requests_total", series.MetricName);
        Assert.Equal([new MetricsPoint(Instant, 1_000)], series.Points);
    }

    [Fact]
    public void TopN_Read_HasItsItems()
    {
        var top = Read<TopNEvent>(
            """{"type":"TopN","timestamp":"2024-11-07T10:30:00Z","of":"destinations","by":"response_time_p99","items":[{"scope":{"destination":"orders/d1"},"value":120.46,"requests_per_second":12.0}]}""");
        Assert.Equal((Instant, MetricsScopeKind.Destination, "response_time_p99"), (top.Timestamp, top.Of, top.By));
        var item = Assert.Single(top.Items);
        Assert.Equal((MetricsScope.Destination("orders/d1"), 120.46), (item.Scope, item.Value));
        Assert.Equal(new Dictionary<string, double?> { ["requests_per_second"] = 12 }, item.Values);
    }

    [Fact]
    public void Error_Read_HasItsSentence() =>
        Assert.Equal(new ErrorEvent("Too many messages: …"), Read<ErrorEvent>("""{"type":"Error","message":"Too many messages: …"}"""));

    [Theory]
    [InlineData("""{"type":"Heartbeat","timestamp":"2024-11-07T10:30:00Z"}""")]
    [InlineData("""{"type":"Weather","sun":true}""")]
    public void Event_ThatIsNotForTheReader_IsLeftOut(string frame) => Assert.Null(EventReader.Read(Encoding.UTF8.GetBytes(frame)));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"type":null}""")]
    [InlineData("""{"type":"Snapshot","timestamp":"yesterday","tick":1}""")]
    [InlineData("""{"type":"Snapshot","timestamp":"2024-11-07T10:30:00Z"}""")]
    [InlineData("""{"type":"Snapshot","timestamp":"2024-11-07T10:30:00Z","tick":1.5}""")]
    [InlineData("""{"type":"TopN","timestamp":"2024-11-07T10:30:00Z","of":"silos","by":"requests_total","items":[]}""")]
    public void Frame_ThatIsNoEvent_IsAFault(string frame) => Assert.Throws<FormatException>(() => EventReader.Read(Encoding.UTF8.GetBytes(frame)));

    private static T Read<T>(string frame)
        where T : MetricsEvent => Assert.IsType<T>(EventReader.Read(Encoding.UTF8.GetBytes(frame)));
}
