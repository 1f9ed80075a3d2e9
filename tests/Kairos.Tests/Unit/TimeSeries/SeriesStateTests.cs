using CsCheck;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SeriesStateTests
{
    private const long T = Make.Tick;

    private readonly SeriesState _state = new(shards: 2, from: null, new History());

    [Fact]
    public void Advance_TicksOfTwoShards_AreSummed()
    {
        _state.Stage(0, Make.Answer(Make.ShardTick(T, 5, inFlight: 1, nodes: 2)));
        _state.Stage(1, Make.Answer(Make.ShardTick(T, 7, inFlight: 3, nodes: 1)));
        _state.Advance(T);
        var snapshot = Assert.Single(_state.Recent);
        Assert.Equal((1, T, Make.Counters(12), 4, 3), (snapshot.Generation, snapshot.Tick, snapshot.Counters, snapshot.InFlight, snapshot.Nodes));
        Assert.Equal(12, snapshot.Durations[700]);
        Assert.Equal([new HistoryPoint(T, Make.Counters(12), 4)], Points());
    }

    [Fact]
    public void Advance_AShardWithoutThisTick_CountsWithItsLastValues()
    {
        _state.Stage(0, Make.Answer(Make.ShardTick(T, 5, inFlight: 1)));
        _state.Stage(1, Make.Answer(Make.ShardTick(T, 7, inFlight: 3)));
        _state.Advance(T);
        _state.Stage(0, Make.Answer(Make.ShardTick(T + 1, 6, inFlight: 2)));
        _state.Advance(T + 1);
        var snapshot = _state.Recent.Last();
        Assert.Equal((Make.Counters(13), 5, 1), (snapshot.Counters, snapshot.InFlight, snapshot.Nodes));
    }

    [Fact]
    public void Advance_ALateTick_RaisesHistoryInItsOwnSecondAndLaterOnes()
    {
        _state.Stage(0, Make.Answer(Make.ShardTick(T, 5), Make.ShardTick(T + 1, 5), Make.ShardTick(T + 2, 6)));
        _state.Stage(1, Make.Answer(Make.ShardTick(T, 100)));
        _state.Advance(T + 2);
        _state.Stage(1, Make.Answer(Make.ShardTick(T + 1, 130), Make.ShardTick(T + 2, 130), Make.ShardTick(T + 3, 131)));
        _state.Advance(T + 3);
        Assert.Equal([(T, 105), (T + 1, 135), (T + 2, 136), (T + 3, 137)], Points().Select(p => (p.Tick, p.Counters.Successes)));
    }

    [Fact]
    public void Advance_SecondsInWhichNoNodeRan_AreMissing()
    {
        _state.Stage(0, Make.Answer(Make.ShardTick(T, 5), Make.ShardTick(T + 4, 9)));
        _state.Advance(T + 6);
        Assert.Equal([(T, 5), (T + 4, 9)], Points().Select(p => (p.Tick, p.Counters.Successes)));

        // A snapshot each second with a node, and one of now.
        Assert.Equal([T, T + 4, T + 6], _state.Recent.Select(snapshot => snapshot.Tick));
        Assert.Equal((0, 0, 9), (_state.Recent.Last().Nodes, _state.Recent.Last().InFlight, _state.Recent.Last().Counters.Successes));
    }

    [Fact]
    public void Advance_AfterAnOutage_HasASnapshotOfEachTickWithItsOwnDurations()
    {
        _state.Stage(0, Make.Answer([.. Enumerable.Range(0, 100).Select(i => Make.ShardTick(T + i, i + 1))]));
        _state.Advance(T + 99);
        Assert.Equal(Enumerable.Range(39, 61).Select(i => (T + i, i + 1L, i + 1L)), _state.Recent.Select(s => (s.Tick, s.Counters.Successes, s.Durations[700])));
        Assert.Equal(100, Points().Count);
    }

    [Fact]
    public void Advance_ManySnapshots_KeepsTheLast61()
    {
        for (var i = 0; i < 100; i++)
            _state.Advance(T + i);
        Assert.Equal(Enumerable.Range(39, 61).Select(i => T + i), _state.Recent.Select(snapshot => snapshot.Tick));
    }

    [Fact]
    public void Stage_AShardAnswersTwiceForATick_TheLaterAnswersGaugesStand()
    {
        // Every shard is asked, and those whose nodes were late once more within the same tick.
        const int Shards = 16;
        var state = new SeriesState(Shards, null, new History());
        for (var shard = 0; shard < Shards; shard++)
            state.Stage(shard, Make.Answer(Make.ShardTick(T, 5, inFlight: 1, nodes: 1)));
        for (var shard = 0; shard < Shards; shard++)
            state.Stage(shard, Make.Answer(Make.ShardTick(T, 6, inFlight: 10, nodes: 2)));
        state.Advance(T);
        var snapshot = Assert.Single(state.Recent);
        Assert.Equal((Make.Counters(6 * Shards), 10 * Shards, 2 * Shards), (snapshot.Counters, snapshot.InFlight, snapshot.Nodes));
    }

    [Fact]
    public void AllReady_OnceEachShardHasBeen_StaysSo()
    {
        _state.Stage(0, Make.Answer() with { Ready = false });
        _state.Stage(1, Make.Answer());
        Assert.False(_state.AllReady);
        _state.Stage(0, Make.Answer());
        _state.Stage(1, Make.Answer() with { Ready = false });
        Assert.True(_state.AllReady);
    }

    [Fact]
    public void SeriesState_FromItsHead_GoesOnWithANewGeneration()
    {
        _state.Stage(0, Make.Answer(Make.ShardTick(T, 5)));
        _state.Stage(1, Make.Answer(Make.ShardTick(T, 7)));
        _state.Advance(T);
        var state = new SeriesState(2, Serialization.RoundTrip(_state.ToHead()), new History());
        Assert.Equal((2, T, Make.Counters(12)), (state.Generation, state.Tick, state.Total));
        Assert.Equal(_state.History.Range(0, T, 1, 10), state.History.Range(0, T, 1, 10));
        Assert.False(state.AllReady);

        // What the shards send anew counts once.
        state.Stage(0, Make.Answer(Make.ShardTick(T, 5), Make.ShardTick(T + 1, 6)));
        state.Advance(T + 1);
        Assert.Equal((Make.Counters(13), 13), (state.Recent.Last().Counters, state.Recent.Last().Durations[700]));
    }

    [Fact]
    public void SeriesState_FewerShardsThanBefore_KeepsWhatTheOthersCounted()
    {
        _state.Stage(0, Make.Answer(Make.ShardTick(T, 5)));
        _state.Stage(1, Make.Answer(Make.ShardTick(T, 7)));
        _state.Advance(T);
        var state = new SeriesState(1, _state.ToHead(), new History());
        Assert.Equal(2, state.ShardCount);
        Assert.Equal(Make.Counters(12), state.Total);
    }

    [Fact]
    public void Advance_AnyAnswersEvenLowerOnes_NeverLetsATotalFall() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 250], Gen.Int[0, 1_000], Gen.Int[0, 9]).Array[1, 200].Sample(steps =>
        {
            var state = new SeriesState(3, null, new History());
            var now = T;
            var last = default(RequestCounters);
            foreach (var (shard, age, successes, act) in steps)
            {
                if (act == 0)
                    state = new SeriesState(3, Serialization.RoundTrip(state.ToHead()), new History());
                else if (act < 7)
                    state.Stage(shard, Make.Answer(Make.ShardTick(now - age, successes)));
                else
                    state.Advance(++now);

                Assert.All(state.Recent.Zip(state.Recent.Skip(1)), pair => Assert.True(pair.First.Tick < pair.Second.Tick));
                if (state.Recent.LastOrDefault() is { } snapshot)
                {
                    Assert.True(last.IsAtMost(snapshot.Counters), $"{snapshot.Counters} after {last}");
                    last = snapshot.Counters;
                }
            }
        });

    private List<HistoryPoint> Points() => _state.History.Range(0, long.MaxValue, 1, History.PointsMax);
}
