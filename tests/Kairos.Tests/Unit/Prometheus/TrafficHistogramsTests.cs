using System.Buffers;
using System.Globalization;
using System.Text;
using CsCheck;
using Kairos.Gateway;
using Kairos.Tests.EndToEnd;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class TrafficHistogramsTests : IDisposable
{
    private const string Node = "kairos_request_duration_seconds";
    private const string Cluster = "kairos_cluster_request_duration_seconds";

    private readonly Measurements _measurements = new();
    private readonly FakeTimeProvider _time = new();
    private readonly SnapshotHub _hub;
    private readonly RequestMeter _meter;

    public TrafficHistogramsTests()
    {
        _hub = new SnapshotHub(Scope.Cluster, _time);
        _meter = Meter();
    }

    [Fact]
    public void WriteNode_AnyDurations_CountsExactlyThoseUpToEachBound()
    {
        var labels = DurationBounds.HalfOctaves.Labels.SkipLast(1).ToArray();
        // Bounds and their neighbours, where a rounding would show; durations of every size besides.
        var atBound = Gen.Select(
            Gen.Int[0, labels.Length - 1].Select(i => Parse(labels[i])), Gen.Int[-1, 1], (bound, side) => side < 0 ? Math.BitDecrement(bound) : side > 0 ? Math.BitIncrement(bound) : bound);
        var anywhere = Gen.Double[-5, 3].Select(exponent => Math.Pow(10, exponent));
        Gen.OneOf(atBound, anywhere).List[0, 50].Sample(
            durations =>
            {
                var meter = Meter();
                foreach (var duration in durations)
                    meter.SeriesOf("r", "c", "d").Record(200, duration);
                var text = Text(new TrafficHistograms(new NodeTraffic(meter, _time), _hub).WriteNode);
                foreach (var label in labels)
                    Assert.Equal(durations.Count(duration => duration <= Parse(label)), Value(text, $"{Node}_bucket{{le=\"{label}\"}}"));
                Assert.Equal((durations.Count, durations.Count), (Value(text, $"{Node}_bucket{{le=\"+Inf\"}}"), Value(text, $"{Node}_count")));
            },
            iter: 300);
    }

    [Fact]
    public void WriteNode_SeveralSeries_SumsThemAndTheirRoutes()
    {
        _meter.SeriesOf("orders", "shop", "d1").Record(200, 0.25);
        _meter.SeriesOf("orders", "shop", "d2").Record(500, 0.251);
        _meter.SeriesOf("", "", "").Record(404, 0.001);
        _meter.SeriesOf("live", "shop", "d1").RecordUntimed(101);

        var text = Text(Histograms().WriteNode);

        Assert.Equal((3, 0.502), (Value(text, $"{Node}_count"), Value(text, $"{Node}_sum")));
        const string Route = "kairos_route_request_duration_seconds";
        Assert.Equal((1, 2), (Value(text, $"{Route}_bucket{{route=\"orders\",le=\"0.25\"}}"), Value(text, $"{Route}_bucket{{route=\"orders\",le=\"0.5\"}}")));
        Assert.Equal((2, 0.501), (Value(text, $"{Route}_count{{route=\"orders\"}}"), Value(text, $"{Route}_sum{{route=\"orders\"}}")));
        Assert.Equal((1, 0), (Value(text, $"{Route}_count{{route=\"(unmatched)\"}}"), Value(text, $"{Route}_count{{route=\"live\"}}")));
    }

    [Fact]
    public void WriteCluster_ASnapshot_IsItsSketchAndBeforeItNothing()
    {
        Assert.Equal("", Text(Histograms().WriteCluster));

        var durations = Make.Sketch((SketchLayout.ZeroBucket, 2), (SketchLayout.BucketOf(0.5), 3), (SketchLayout.BucketOf(0.51), 4), (SketchLayout.OverflowBucket, 5));
        Assert.True(_hub.Publish(Make.Snapshot(Make.Tick, successes: 14) with { Durations = durations }));
        var text = Text(Histograms().WriteCluster);

        double Bucket(string bound) => Value(text, $"{Cluster}_bucket{{le=\"{bound}\"}}");
        Assert.Equal((2, 5, 9, 9, 14), (Bucket("0.0001220703125"), Bucket("0.5"), Bucket("1.0"), Bucket("64.0"), Bucket("+Inf")));
        Assert.Equal((14, 0.014), (Value(text, $"{Cluster}_count"), Value(text, $"{Cluster}_sum")));
    }

    [Fact]
    public async Task WriteNode_HostileNamesOfRoutes_CanBeReadByPrometheus()
    {
        Promtool.Require();
        string[] hostile = ["a\"b", "a\\", "\\\"", "a\nb", "a\r\nb", "}", "a\",le=\"1", "\0", "é 😀 \u2028", "\ud800", "\udc00x", "# EOF\n", "\t "];
        foreach (var name in hostile)
            _meter.SeriesOf(name, "c", "d").Record(200, 0.1);

        var text = Text(Histograms().WriteNode);

        Assert.Empty(await Promtool.CheckMetricsAsync(text));
        Assert.Equal(hostile.Length, text.Split('\n').Count(line => line.StartsWith("kairos_route_request_duration_seconds_count{route=\"", StringComparison.Ordinal)));
        Assert.Contains("_count{route=\"a\\\"b\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("_count{route=\"a\\nb\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("_count{route=\"\\\\\\\"\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("_count{route=\"\0\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("_count{route=\"\ufffdx\"} 1\n", text, StringComparison.Ordinal);
    }

    public void Dispose() => _measurements.Dispose();

    private static string Text(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static double Value(string text, string series) =>
        Parse(Assert.Single(text.Split('\n'), line => line.StartsWith($"{series} ", StringComparison.Ordinal))[(series.Length + 1)..]);

    private static double Parse(string number) => double.Parse(number, CultureInfo.InvariantCulture);

    private RequestMeter Meter() => new(new MeteringOptions(), new GatewayInstruments(_measurements));

    private TrafficHistograms Histograms() => new(new NodeTraffic(_meter, _time), _hub);
}
