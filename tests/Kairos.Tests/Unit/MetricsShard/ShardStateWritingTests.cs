using CsCheck;
using Kairos.Gateway;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>What storage is given of a shard, what is acknowledged, and what comes back.</summary>
public sealed class ShardStateWritingTests
{
    private const long T = Make.Tick;
    private const long Now = T * 1_000;

    private readonly ShardState _state = new(null, Make.Cluster);
    private readonly Guid _node = Guid.NewGuid();

    [Fact]
    public void TakeUnwritten_Written_AcknowledgesTheTicksClosedThen()
    {
        Assert.Equal(0, Merge(T, Make.Report(T, 5), Make.Report(T + 1, 6)).DurableTick);
        var (entry, written) = _state.TakeUnwritten();
        Assert.Equal([T, T + 1], Assert.Single(entry.Reports).Ticks.Select(tick => tick.Tick));

        // A report that arrives while the write is under way is not in it.
        Assert.Equal(0, Merge(T + 1, Make.Report(T + 1, 7)).DurableTick);
        written();
        Assert.Equal(T, _state.DurableTick(_node));
        _state.TakeUnwritten().Written();
        Assert.Equal(T + 1, _state.DurableTick(_node));
    }

    [Fact]
    public void TakeUnwritten_NothingNew_IsEmpty()
    {
        Merge(T, Make.Report(T, 5));
        _state.TakeUnwritten().Written();
        Merge(T, Make.Report(T, 5));
        Assert.Empty(_state.TakeUnwritten().Entry.Reports);
    }

    [Fact]
    public void PutBack_AWriteThatFailed_IsPartOfTheNextAndNotAcknowledged()
    {
        Merge(T, Make.Report(T, 5), Make.Report(T + 1, 6));
        var (entry, _) = _state.TakeUnwritten();
        Merge(T, Make.Report(T + 1, 9), Make.Report(T + 2, 9));
        var changes = _state.Changes;
        _state.PutBack(entry);
        Assert.Equal(0, _state.DurableTick(_node));
        Assert.True(_state.Changes > changes);

        // Of a tick that came again meanwhile, the newer form.
        var ticks = _state.TakeUnwritten().Entry.Reports.Single().Ticks;
        Assert.Equal([(T, 5), (T + 1, 9), (T + 2, 9)], ticks.Select(tick => (tick.Tick, tick.Series[0].Counters.Successes)));
    }

    [Fact]
    public void TakeUnwritten_AnOvertakenReportCameLast_StillHasTheNewerCounts()
    {
        Merge(T, Make.Report(T, 9, inFlight: 1));
        Merge(T - 1, Make.Report(T, 4, inFlight: 2));
        var recovered = Recovered(_state.TakeUnwritten().Entry);
        Assert.Equal(Make.Counters(9), recovered.Total);
        Assert.Equal(9, recovered.Durations(Now)[700]);
    }

    [Fact]
    public void PutBack_AnIncarnationWasFoldedMeanwhile_TheNextWriteStillWorks()
    {
        Merge(T, Make.Report(T, 5));
        var (entry, _) = _state.TakeUnwritten();
        for (var i = 0; i < Incarnations.Max; i++)
            _state.Merge(Make.Node($"gw-{i}", Guid.NewGuid(), T, Make.Report(T, 1)), Now + 1);
        _state.PutBack(entry);
        Assert.Equal(Incarnations.Max, _state.TakeUnwritten().Entry.Reports.Count);
    }

    [Fact]
    public void ShardState_FromItsBase_AcknowledgesWhatTheBaseHas()
    {
        Merge(T, Make.Report(T, 5));
        var recovered = new ShardState(Serialization.RoundTrip(_state.ToBase(Now).Base), Make.Cluster);

        // A node that repeats its last report, since the acknowledgement was lost, must not wait for a write that never comes.
        var ack = recovered.Merge(Make.Node("gw-1", _node, T, Make.Report(T, 5)), Now + 1);
        Assert.Equal(T, ack.DurableTick);
    }

    [Fact]
    public void ShardState_FromBaseAndEntries_IsTheStateBefore() =>
        Gen.Select(Gen.Int[0, 10], Gen.Int[0, 19], Gen.Int[0, 19]).Array[1, 100].Sample(steps =>
        {
            using var measurements = new Measurements();
            var instruments = new GatewayInstruments(measurements);
            ModelNode[] nodes = [new("gw-1", 120, instruments, T + 1), new("gw-2", 120, instruments, T + 1)];
            var shard = new ModelShard();
            var now = Now;
            foreach (var (act, a, b) in steps.Append((9, 0, 0)))
            {
                var node = nodes[b % 2];
                switch (act)
                {
                    case < 4: node.Record(a, b); break;
                    case 4: node.Begin(); break;
                    case < 8: now += 1_000; break;
                    case 8:
                        node.Capture((now / 1_000) + 1);
                        node.Settle(shard.Merge(node.Build(), now));
                        break;
                    default:
                        shard.BeginWrite(asBase: act == 10, now);
                        shard.EndWrite(reached: true, told: true);
                        break;
                }
            }

            AssertSame(shard.State, shard.Recover(), nodes);
        });

    private static void AssertSame(ShardState state, ShardState recovered, ModelNode[] nodes)
    {
        // Long after: gauges of late nodes, which depend on the clock, are out of the picture.
        const long Later = Now + 1_000_000_000;
        Assert.Equal(
            state.All(Later).Select(t => (t.Tick, t.Counters, t.InFlight, t.Nodes)),
            recovered.All(Later).Select(t => (t.Tick, t.Counters, t.InFlight, t.Nodes)));
        Assert.All(state.All(Later).Zip(recovered.All(Later)), pair => Assert.True(pair.First.Durations.Holds(pair.Second.Durations)));
        foreach (var node in nodes)
        {
            var (before, after) = (state.BySeries(node.Incarnations), recovered.BySeries(node.Incarnations));
            Assert.Equal(before.Select(s => (s.Key, s.Value.Counters)).ToHashSet(), after.Select(s => (s.Key, s.Value.Counters)).ToHashSet());
            Assert.All(before, series => Assert.True(series.Value.Durations.Holds(after[series.Key].Durations)));
        }
    }

    private static ShardState Recovered(ShardEntry entry)
    {
        var state = new ShardState(null, Make.Cluster);
        state.Replay(Serialization.RoundTrip(entry));
        return state;
    }

    private ReportAck Merge(long closedTick, params TickReport[] ticks) => _state.Merge(Make.Node("gw-1", _node, closedTick, ticks), Now);
}
