using CsCheck;
using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>
/// DESIGN section 4: reports may be lost, repeated and overtaken, writes may fail, the shard may crash at any moment; its totals are never
/// above what was recorded, and equal it in the end, per series and per bucket.
/// </summary>
public sealed class ExactnessTests
{
    private enum Act
    {
        Record,
        BeginRequest,
        EndRequest,
        Capture,
        Tick,
        Report,
        ReportAckLost,
        ReportLate,
        Deliver,
        BeginWrite,
        BeginBase,
        WriteDone,
        WriteFails,
        WriteOutcomeUnknown,
        Crash,
        Freeze,
    }

    private readonly record struct Step(Act Act, int A, int B);

    [Fact]
    public void Shard_AnySequenceOfFaults_NeverAboveAndInTheEndExactlyWhatWasRecorded() =>
        Steps(includeFreeze: false).Sample(steps => Run(steps), iter: 3_000, print: Print);

    [Fact]
    public void Shard_NodesFrozenForAnHour_GoOnAsNewIncarnationsWithWhatWasNotCounted() =>
        Steps(includeFreeze: true).Sample(steps => Run(steps), iter: 3_000, print: Print);

    private static Gen<Step[]> Steps(bool includeFreeze) =>
        Gen.Select(
            Gen.Frequency(
                (6, Gen.Const(Act.Record)), (1, Gen.Const(Act.BeginRequest)), (1, Gen.Const(Act.EndRequest)), (2, Gen.Const(Act.Capture)),
                (4, Gen.Const(Act.Tick)), (4, Gen.Const(Act.Report)), (2, Gen.Const(Act.ReportAckLost)), (2, Gen.Const(Act.ReportLate)),
                (4, Gen.Const(Act.Deliver)), (4, Gen.Const(Act.BeginWrite)), (1, Gen.Const(Act.BeginBase)), (4, Gen.Const(Act.WriteDone)),
                (1, Gen.Const(Act.WriteFails)), (1, Gen.Const(Act.WriteOutcomeUnknown)), (1, Gen.Const(Act.Crash)),
                (includeFreeze ? 1 : 0, Gen.Const(Act.Freeze))),
            Gen.Int[0, 19],
            Gen.Int[0, 19],
            (act, a, b) => new Step(act, a, b)).Array[1, 80];

    private static string Print(Step[] steps) => string.Join(' ', steps.Select(s => $"{s.Act}({s.A},{s.B})"));

    private static void Run(Step[] steps)
    {
        using var measurements = new Measurements();
        var instruments = new GatewayInstruments(measurements);
        var world = new World(
            [new ModelNode("gw-1", ticksMax: 3, instruments, World.Begin + 1), new ModelNode("gw-2", ticksMax: 60, instruments, World.Begin + 1)]);
        foreach (var step in steps)
        {
            world.Do(step);
            world.AssertNotAbove();
        }

        world.Drain();
        world.AssertExact();
    }

    private sealed class World(ModelNode[] nodes)
    {
        public const long Begin = 1_700_000_000;

        private readonly ModelShard _shard = new();
        private readonly List<NodeReport> _network = [];
        private long _now = Begin * 1000;

        private long OpenTick => (_now / 1000) + 1;

        public void Do(Step step)
        {
            var node = nodes[step.B % nodes.Length];
            switch (step.Act)
            {
                case Act.Record: node.Record(step.A, step.B); break;
                case Act.BeginRequest: node.Begin(); break;
                case Act.EndRequest: node.End(); break;
                case Act.Capture: node.Capture(OpenTick); break;
                case Act.Tick: Advance(1 + (step.A == 19 ? 200 : step.A / 5)); break;
                case Act.Report: node.Settle(Deliver(Send(node))); break;
                case Act.ReportAckLost: Deliver(Send(node)); break;
                case Act.ReportLate: Send(node); break;
                case Act.Deliver when _network.Count > 0: Deliver(_network[step.A % _network.Count]); break;
                case Act.BeginWrite: _shard.BeginWrite(asBase: false, _now); break;
                case Act.BeginBase: _shard.BeginWrite(asBase: true, _now); break;
                case Act.WriteDone: _shard.EndWrite(reached: true, told: true); break;
                case Act.WriteFails: _shard.EndWrite(reached: false, told: false); break;
                case Act.WriteOutcomeUnknown: _shard.EndWrite(reached: true, told: false); break;
                case Act.Crash: _shard.Crash(writeReached: step.A % 2 == 0); break;
                case Act.Freeze: Advance(3_700); break;
            }
        }

        /// <summary>The faults are over: nodes report until storage has everything, and the shard is killed once more.</summary>
        public void Drain()
        {
            _shard.EndWrite(reached: true, told: true);
            for (var round = 0; round < 6; round++)
            {
                Advance(1);
                foreach (var node in nodes)
                    node.Settle(Deliver(Send(node)));
                _shard.BeginWrite(asBase: round == 1, _now);
                _shard.EndWrite(reached: true, told: true);
            }

            foreach (var node in nodes)
            {
                var last = Send(node);
                node.Settle(Deliver(last));
                Assert.True(node.HasDurable(last), $"{node.Name} is not acknowledged");
            }

            _shard.Crash(writeReached: false);
        }

        public void AssertNotAbove()
        {
            var recorded = default(RequestCounters);
            var durations = new Sketch();
            foreach (var node in nodes)
            {
                var truth = node.Recorded();
                foreach (var (key, (counters, buckets)) in truth)
                {
                    recorded += counters;
                    durations.Add(buckets);
                    var shown = _shard.State.BySeries(node.Incarnations).GetValueOrDefault(key, (default, new Sketch()));
                    Assert.True(shown.Counters.IsAtMost(counters), $"{node.Name} {key}: {shown.Counters} of {counters}");
                    Assert.True(shown.Durations.IsAtMost(buckets), $"{node.Name} {key}: buckets above what was recorded");
                }
            }

            Assert.True(_shard.State.Total.IsAtMost(recorded), $"{_shard.State.Total} of {recorded}");
            Assert.True(_shard.State.Durations(_now).IsAtMost(durations), "buckets above what was recorded");
        }

        public void AssertExact()
        {
            AssertNotAbove();
            var recorded = nodes.SelectMany(node => node.Recorded().Values).ToList();
            Assert.Equal(recorded.Aggregate(default(RequestCounters), (sum, series) => sum + series.Counters), _shard.State.Total);
            if (nodes.Any(node => node.Reincarnated))
                return;

            var durations = new Sketch();
            recorded.ForEach(series => durations.Add(series.Durations));
            Assert.True(_shard.State.Durations(_now).Holds(durations), "buckets are missing");
            foreach (var node in nodes)
            {
                var shown = _shard.State.BySeries(node.Incarnations);
                foreach (var (key, (counters, buckets)) in node.Recorded().Where(s => s.Value.Counters != default))
                {
                    Assert.Equal(counters, shown[key].Counters);
                    Assert.True(shown[key].Durations.Holds(buckets), $"{node.Name} {key}: buckets are missing");
                }
            }
        }

        private void Advance(int seconds)
        {
            _now += seconds * 1000L;
            foreach (var node in nodes)
                node.Capture(OpenTick);
        }

        private NodeReport Send(ModelNode node)
        {
            node.Capture(OpenTick);
            var report = node.Build();
            _network.Add(report);
            return report;
        }

        private ReportAck Deliver(NodeReport report) => _shard.Merge(report, _now);
    }
}
