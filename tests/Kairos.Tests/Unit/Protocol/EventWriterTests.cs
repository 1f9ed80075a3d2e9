using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using CsCheck;
using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Every event, byte for byte as in the files of <c>Golden</c>.</summary>
public sealed class EventWriterTests
{
    private static readonly long HalfPastTen = At("2024-11-07T10:30:00Z");

    [Fact]
    public void Snapshot_TheGuidesNumbers_IsTheGuidesEvent() => AssertGolden("snapshot", Snapshot(
        HalfPastTen, new RequestCounters(0, 1_520, 0, 20, 7, 0, 1_547, 69_924_400), new Gauges(15), MetricTable.Guide));

    [Fact]
    public void Snapshot_ChosenMetrics_HoldsTheseAloneInTheOrderOfTheGuide()
    {
        var chosen = MetricTable.Find("active_connections")!.Value | MetricTable.Find("response_time_avg")!.Value | MetricTable.Find("requests_total")!.Value;
        AssertGolden("snapshot-chosen", Snapshot(
            HalfPastTen + 2, new RequestCounters(0, 1_523, 0, 27, 0, 0, 10, 448_000), new Gauges(16), chosen));
    }

    [Fact]
    public void Snapshot_AClusterThatCountedNothing_HasZerosAndFullSuccess() =>
        AssertGolden("snapshot-empty-cluster", Snapshot(HalfPastTen, default, default, MetricTable.Guide));

    [Fact]
    public void Snapshot_EveryMetric_IsInTheOrderOfTheTable() => AssertGolden("snapshot-all", EventWriter.Snapshot(
        HalfPastTen,
        new Reading(
            new RequestCounters(1, 1_520, 2, 20, 7, 0, 1_547, 69_924_400) { BytesReceived = 4_096, BytesSent = 1_000_000, ConnectErrors = 3, TimeoutErrors = 2, ResetErrors = 1 },
            new Gauges(15, 4, 9, 6, 5, 3),
            Make.Counters(5, 1) with { BytesReceived = 10, BytesSent = 25 },
            2,
            Make.Sketch((700, 5), (800, 1))),
        MetricTable.Of(ScopeKind.Cluster)));

    [Fact]
    public void Snapshot_AnIntervalWithoutRequests_HasRatesOfZeroAndNoPercentiles() => AssertGolden("snapshot-idle", EventWriter.Snapshot(
        HalfPastTen,
        Reading.Of(Make.Snapshot(Make.Tick + 1), since: Make.Snapshot(Make.Tick)),
        new MetricSet(MetricTable.All.Select((metric, i) => metric.IsOfInterval ? 1UL << i : 0).Aggregate((a, b) => a | b))));

    [Fact]
    public void Snapshot_OfASession_CarriesItsTickLast() => AssertGolden("snapshot-session", EventWriter.Snapshot(
        HalfPastTen, new Reading(Make.Counters(1_547), default, default, 0, null), MetricTable.Find("requests_total")!.Value, ofSession: true));

    [Fact]
    public void Session_RecoveredOfARoute_TellsItsSubscription() => AssertGolden("session-recovered", EventWriter.Session(
        ("3f1b5c0e9d6a4f2c8b7e", Resumed: true),
        new SnapshotChoice(MetricTable.Find("requests_total")!.Value | MetricTable.Find("response_time_p99")!.Value, 5, new Scope(ScopeKind.Route, "orders")),
        gap: null));

    [Fact]
    public void Session_NewOfTheCluster_TellsItsFirstTickAndWhy() => AssertGolden("session-new", EventWriter.Session(
        ("3f1b5c0e9d6a4f2c8b7e", Resumed: false), SnapshotChoice.Default, (HalfPastTen, SessionGap.New)));

    [Fact]
    public void TopN_AnyNames_AreEscapedAndInOrder() => AssertGolden("top-n", EventWriter.TopN(
        new TopRanking(HalfPastTen, [new TopRow("orders", 120.456, [7, 12]), new TopRow("\"<\\ü\n\0", 3, [0, 0])]),
        new TopChoice(new TopQuery(ScopeKind.Route, "response_time_p99", 0b100_0001, 2, 1), "routes")));

    [Fact]
    public void TopN_NoRows_IsAnEmptyArray() => AssertGolden("top-n-empty", EventWriter.TopN(
        new TopRanking(HalfPastTen, []), new TopChoice(new TopQuery(ScopeKind.Node, "requests_total", 0, 2, 1), "nodes")));

    [Fact]
    public void TimeSeries_APercentile_HasNoPointWhereNothingWasMeasured() => AssertGolden("time-series-percentile", EventWriter.TimeSeries(
        Metric("response_time_p99"),
        [
            new HistoryPoint(HalfPastTen, 10, Make.Counters(5), Make.Counters(5), default, Make.Sketch((700, 5))),
            new HistoryPoint(HalfPastTen + 10, 10, Make.Counters(5), default, default, null),
        ]));

    [Fact]
    public void TimeSeries_TheGuidesPoints_AreDecimals() => AssertGolden("time-series", EventWriter.TimeSeries(
        Metric("requests_total"),
        [
            new HistoryPoint(At("2024-11-07T09:30:00Z"), 1, Make.Counters(1_000), default, default, null),
            new HistoryPoint(At("2024-11-07T09:45:00Z"), 1, Make.Counters(1_190, 10), default, default, null),
            new HistoryPoint(At("2024-11-07T10:00:00Z"), 1, Make.Counters(1_400), default, default, null),
        ]));

    [Fact]
    public void TimeSeries_NoPoints_IsAnEmptyArray() => AssertGolden("time-series-empty", EventWriter.TimeSeries(Metric("success_rate"), []));

    [Fact]
    public void Error_Backticks_AreNotEscaped() => AssertGolden("error", EventWriter.Error("Invalid subscription: missing field `metrics`"));

    [Fact]
    public void Error_QuotesAndMarkup_AreValidJson() =>
        AssertGolden("error-quotes", EventWriter.Error("Invalid subscription: field `metrics` holds \"<a href='ü'>\", which is not a metric"));

    [Fact]
    public void Heartbeat_ATime_HasWholeSeconds() => AssertGolden("heartbeat", EventWriter.Heartbeat(HalfPastTen + 30));

    [Theory]
    [InlineData(1_000_000, 1, "1000.0")]
    [InlineData(44_804, 1, "44.8")]
    [InlineData(44_806, 1, "44.81")]
    [InlineData(1, 1, "0.0")]
    [InlineData(6, 1, "0.01")]
    [InlineData(2_000, 3, "0.67")]
    [InlineData(123_456_789_010, 1, "123456789.01")]
    public void Snapshot_AMeanDuration_HasOneOrTwoDecimals(long microseconds, long timed, string expected)
    {
        var counters = new RequestCounters(0, timed, 0, 0, 0, 0, timed, microseconds);
        Assert.Contains($"\"avg_response_time\":{expected},", Text(counters), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 2, "33.33")]
    [InlineData(2, 1, "66.67")]
    [InlineData(0, 5, "0.0")]
    [InlineData(5, 0, "100.0")]
    [InlineData(1, 1, "50.0")]
    public void Snapshot_SuccessRate_IsOfSuccessesAndErrorsAlone(long successes, long errors, string expected)
    {
        var counters = new RequestCounters(7, successes, 9, errors, 0, 3, 0, 0);
        Assert.Contains($"\"success_rate\":{expected}}}", Text(counters), StringComparison.Ordinal);
    }

    [Fact]
    public void Snapshot_OnlyUntimedRequests_HasAMeanOfZero() =>
        Assert.Contains("\"requests_total\":4,\"requests_success\":0,\"requests_error\":0", Text(new RequestCounters(4, 0, 0, 0, 0, 0, 0, 0)), StringComparison.Ordinal);

    [Fact]
    public void Snapshot_CountersUpTo53Bits_AreWhole() =>
        Assert.Contains("\"requests_total\":9007199254740991,", Text(new RequestCounters(0, 9_007_199_254_740_991, 0, 0, 0, 0, 0, 0)), StringComparison.Ordinal);

    [Fact]
    public void Error_AnyText_ComesBackFromTheJson() => Gen.String.Where(text => !text.Any(char.IsSurrogate)).Sample(text =>
    {
        using var json = JsonDocument.Parse(EventWriter.Error(text));
        Assert.Equal(text, json.RootElement.GetProperty("message").GetString());
    });

    private static void AssertGolden(string name, byte[] written, [CallerFilePath] string here = "") => Assert.Equal(
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "Golden", name + ".json")),
        System.Text.Encoding.UTF8.GetString(written) + "\n");

    private static string Text(RequestCounters counters) =>
        System.Text.Encoding.UTF8.GetString(Snapshot(HalfPastTen, counters, default, MetricTable.Guide));

    private static byte[] Snapshot(long tick, RequestCounters counters, Gauges gauges, MetricSet metrics) =>
        EventWriter.Snapshot(tick, new Reading(counters, gauges, default, 0, null), metrics);

    private static Metric Metric(string name) => MetricTable.Find(name)!.Value.Metrics.Single();

    private static long At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUnixTimeSeconds();
}
