using CsCheck;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>
/// What history has after any moves and crashes of the roll-up and of shards, while shards are out of reach and nodes report late.
/// Each node counts one request in each second in which it runs.
/// </summary>
public sealed class FailoverPropertyTests : IDisposable
{
    private const int Shards = 3;
    private const int All = 7;

    private readonly Measurements _measured = new();
    private readonly GrainInstruments _instruments;

    public FailoverPropertyTests() => _instruments = new GrainInstruments(_measured);

    /// <summary>By second: what happens, whose nodes run and which shards are reached, a bit each; beyond 7 all are.</summary>
    private static Gen<(int Act, int Running, int Reached)[]> Steps => Gen.Select(Gen.Int[0, 11], Gen.Int[0, All], Gen.Int[0, 10]).Array[1, 60];

    [Fact]
    public async Task History_NodesReportInTime_HasEachSecondWithWhatWasCountedInIt() =>
        await Steps.SampleAsync(async steps =>
        {
            var run = await RunAsync(steps, isLate: false);
            foreach (var (counted, points) in run.Histories())
            {
                var expected = counted.CountBy(tick => tick).OrderBy(second => second.Key).Select(second => (second.Key, (long)second.Value));
                Assert.Equal(expected, points.Select(point => (point.Tick, point.Added.Successes)));
                Assert.Equal(expected, points.Select(point => (point.Tick, point.Durations?.Count ?? 0)));
            }
        });

    [Fact]
    public async Task History_NodesReportLate_HasEachSecondAndEveryCountOnce() =>
        await Steps.SampleAsync(async steps =>
        {
            var run = await RunAsync(steps, isLate: true);
            foreach (var (counted, points) in run.Histories())
            {
                Assert.Empty(counted.Except(points.Select(point => point.Tick)));
                Assert.Equal(counted.Count, points.Sum(point => point.Added.Successes));
                Assert.InRange(points.Sum(point => point.Durations?.Count ?? 0), 0, counted.Count);
            }
        });

    public void Dispose() => _measured.Dispose();

    private async Task<Run> RunAsync((int Act, int Running, int Reached)[] steps, bool isLate)
    {
        var run = new Run(_instruments);
        await run.MoveAsync();

        // In the first second all is well.
        await run.SecondAsync(act: 0, All, All, isLate: false);
        foreach (var (act, running, reached) in steps)
            await run.SecondAsync(act, running, reached, isLate && act % 2 != 0);

        await run.SecondAsync(act: 0, running: 0, All, isLate: false);
        Assert.Equal(Make.Counters(run.Counted.Count), run.Rollup.Total);
        return run;
    }

    private sealed class Run(GrainInstruments instruments)
    {
        private readonly MemoryStorage _storage = new();
        private readonly Shard[] _shards = [.. Enumerable.Range(0, Shards).Select(i => new Shard($"gw-{i}"))];
        private RollupActivation _life = null!;
        private bool _isPublished;
        private long _now = RollupActivation.Start;

        public Rollup Rollup => _life.Rollup;

        public List<long> Counted => [.. _shards.SelectMany(shard => shard.Counted)];

        /// <summary>Of the cluster and of each node that ran: the second of each request, and history.</summary>
        public IEnumerable<(List<long> Counted, List<Point> Points)> Histories() => _shards
            .Select(shard => (shard.Counted, new Scope(ScopeKind.Node, shard.Node)))
            .Append((Counted, Scope.Cluster))
            .Select(known => (known.Item1, Rollup.Scopes.Find(known.Item2)!.History.OpenPoints(_now).ToList()));

        /// <summary>Another activation goes on from storage.</summary>
        public async Task MoveAsync() => (_life, _isPublished) = (await RollupActivation.BeginAsync(_storage, instruments, Shards), false);

        public async Task SecondAsync(int act, int running, int reached, bool isLate)
        {
            _now++;
            for (var i = 0; i < Shards; i++)
            {
                _shards[i].Run((running & (1 << i)) != 0 ? _now : null, isLate);
            }

            Ask(reached, isLost: false);
            if (_isPublished || Rollup.AllReady)
            {
                Rollup.Advance(_now);
                _isPublished = true;
            }

            switch (act)
            {
                case < 3:
                    await (_isPublished ? _life.Storage.WriteAsync(Rollup) : Task.CompletedTask);
                    break;
                case 3:
                    // As its silo stops: it has asked once more, and does not roll up the answers.
                    Ask(reached, isLost: true);
                    await _life.Storage.WriteAsync(Rollup);
                    await MoveAsync();
                    break;
                case 4:
                    await MoveAsync();
                    break;
                case < 7:
                    _shards[running % Shards].Restart();
                    break;
            }
        }

        private void Ask(int reached, bool isLost)
        {
            for (var i = 0; i < Shards; i++)
            {
                if (reached <= All && (reached & (1 << i)) == 0)
                    continue;
                var answer = _shards[i].Collect(Rollup.CursorOf(i), _now);
                if (!isLost)
                    Rollup.Stage(i, Serialization.RoundTrip(answer));
            }
        }
    }

    /// <summary>A shard with one node.</summary>
    private sealed class Shard(string node)
    {
        private readonly List<long> _unreported = [];
        private TickWindow _window = new();
        private Guid _activation = Guid.NewGuid();

        public string Node => node;

        public List<long> Counted { get; } = [];

        /// <summary>The node counts in a second, if it runs, and reports all that it has not, if it is not late.</summary>
        public void Run(long? tick, bool isLate)
        {
            if (tick is { } counted)
            {
                Counted.Add(counted);
                _unreported.Add(counted);
            }

            foreach (var reported in isLate ? [] : _unreported.ToList())
            {
                _window.Note(reported, node, new Gauges(1));
                _window.Add(reported, Make.Key, node, Make.Counters(1), Make.Sketch((700, 1)));
                _unreported.Remove(reported);
            }
        }

        public ShardTicks Collect(ShardCursor since, long upToTick)
        {
            var (baseline, ticks) = _window.Tell(since, since.Activation == _activation, upToTick);
            return new ShardTicks(true, long.MaxValue, new ShardCursor(_activation, _window.Version, upToTick, since.SafeTick), baseline, ticks);
        }

        /// <summary>Storage has all that was reported.</summary>
        public void Restart() => (_window, _activation) = (Serialization.RoundTrip(_window.ToStored()), Guid.NewGuid());
    }
}
