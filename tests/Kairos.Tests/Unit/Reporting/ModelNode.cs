using Kairos.Gateway;

namespace Kairos.Tests.Unit;

/// <summary>A gateway node as the shard sees it: the product's meter and report buffer, and what was truly recorded.</summary>
internal sealed class ModelNode
{
    private static readonly int[] Statuses = [101, 200, 200, 302, 404, 503];
    private static readonly double[] Seconds = [0.00005, 0.0021, 0.0022, 0.31, 150];

    private readonly RequestMeter _meter;
    private readonly ReportBuffer _buffer;

    public ModelNode(string name, int ticksMax, GatewayInstruments instruments, long openTick)
    {
        Name = name;
        _meter = new RequestMeter(new MeteringOptions { MaxSeries = 3 }, instruments);
        _buffer = new ReportBuffer(name, shards: 0, ticksMax, _meter, new FakeProxy().Gauges(_meter), instruments);
        _buffer.Capture(openTick);
    }

    public string Name { get; }

    /// <summary>Every incarnation that it has reported under.</summary>
    public HashSet<Guid> Incarnations { get; } = [];

    /// <summary>It went on under a new incarnation.</summary>
    public bool Reincarnated { get; private set; }

    /// <summary>What was recorded by now.</summary>
    public Dictionary<SeriesKey, (RequestCounters Counters, Sketch Durations)> Recorded() =>
        _meter.All().ToDictionary(series => series.Key, series =>
        {
            var durations = new Sketch();
            for (var bucket = 0; bucket < SketchLayout.BucketCount; bucket++)
            {
                if (series.Buckets[bucket] > 0)
                    durations.Add(bucket, series.Buckets[bucket]);
            }

            return (series.Counters(durations.Count), durations);
        });

    /// <summary>Some completed requests; the small numbers make the same series and bucket come up again.</summary>
    public void Record(int a, int b)
    {
        var series = _meter.SeriesOf($"route-{a % 4}", "c", "d");
        var status = Statuses[b % Statuses.Length];
        series.AddReceived(a);
        series.AddSent(b);
        series.RecordError((DestinationError)(b % 4));
        if (status == 101)
            series.RecordUntimed(status);
        else
            series.Record(status, Seconds[a % Seconds.Length]);
    }

    public void Begin() => _meter.Unmatched.Begin();

    public void End() => _meter.Unmatched.End();

    public void Capture(long openTick) => _buffer.Capture(openTick);

    public NodeReport Build(bool leaving = false)
    {
        var report = Serialization.RoundTrip(_buffer.Build(leaving));
        Incarnations.Add(report.Incarnation);
        return report;
    }

    public void Settle(ReportAck ack)
    {
        if (ack.Outcome == ReportOutcome.Closed)
        {
            Reincarnated = true;
            _buffer.Reincarnate(ack.ClosedAt);
        }
        else
        {
            _buffer.Acknowledge(ack.DurableTick);
        }
    }

    public bool HasDurable(NodeReport report) => _buffer.DurableTick >= report.ClosedTick;
}
