using CsCheck;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>
/// The seconds of every scope after any run: nodes come and go, two of them with a route of their own each, late reports, minutes that are sealed,
/// moves and crashes of the roll-up. Compared with what the nodes counted.
/// </summary>
public sealed class ScopeSecondsPropertyTests : IDisposable
{
    private const int Nodes = 2;

    private readonly Measurements _measured = new();
    private readonly GrainInstruments _instruments;

    public ScopeSecondsPropertyTests() => _instruments = new GrainInstruments(_measured);

    /// <summary>How many seconds; whose nodes run, a bit each; whether they report at the end of it alone; what happens then; how far a question goes back.</summary>
    private static Gen<(int Seconds, int Running, bool IsLate, int Act, int Back)[]> Phases =>
        Gen.Select(Gen.Int[1, 150], Gen.Int[0, (1 << Nodes) - 1], Gen.Bool, Gen.Int[0, 3], Gen.Int[0, 1_500]).Array[1, 12];

    [Fact]
    public async Task ReadSecondsAsync_LateReportsAndMoves_IsWhatWasCounted() => await Phases.SampleAsync(phases => RunAsync(phases, crashes: false), iter: 40);

    [Fact]
    public async Task ReadSecondsAsync_Crashes_IsWhatWasCounted() =>
        await Phases.SampleAsync(phases => RunAsync([.. phases.Select(phase => phase with { IsLate = false })], crashes: true), iter: 40);

    public void Dispose() => _measured.Dispose();

    private async Task RunAsync((int Seconds, int Running, bool IsLate, int Act, int Back)[] phases, bool crashes)
    {
        var run = new Run(_instruments);
        await run.MoveAsync();
        foreach (var (seconds, running, isLate, act, back) in phases)
        {
            for (var left = seconds; left > 0; left--)
                await run.SecondAsync(running, isLate && left > 1);
            if (act == 1)
                await run.SaveAsync();
            if (act == 2 && !crashes)
                await run.SaveAsync();
            if (act == 2)
                await run.MoveAsync();
            await run.AssertSecondsAsync(back);
        }
    }

    private sealed class Run(GrainInstruments instruments)
    {
        private readonly MemoryStorage _storage = new();
        private readonly TickWindow _shard = new();
        private readonly Guid _activation = Guid.NewGuid();
        private readonly List<(long Tick, int Node)> _unreported = [];

        // What was counted: by tick, of each node, how many.
        private readonly SortedDictionary<long, int[]> _counted = [];
        private RollupActivation _life = null!;
        private long _now = RollupActivation.Start;

        /// <summary>Another activation goes on from storage, and hears the shard.</summary>
        public async Task MoveAsync()
        {
            _life = await RollupActivation.BeginAsync(_storage, instruments, shards: 1);
            Ask();
        }

        public Task SaveAsync() => _life.Storage.WriteAsync(_life.Rollup);

        public async Task SecondAsync(int running, bool isLate)
        {
            _now++;
            _unreported.AddRange(Enumerable.Range(0, Nodes).Where(node => (running & (1 << node)) != 0).Select(node => (_now, node)));
            foreach (var (tick, node) in isLate ? [] : _unreported.ToList())
            {
                var requests = RequestsOf(tick, node);
                _shard.Note(tick, $"gw-{node}", new Gauges(node + 1));
                if (requests > 0)
                    _shard.Add(tick, new SeriesKey($"route-{node}", "", ""), $"gw-{node}", Make.Counters(requests), Make.Sketch((400 + (int)(tick % 90), requests)));
                (_counted.TryGetValue(tick, out var counted) ? counted : _counted[tick] = [-1, -1])[node] = requests;
                _unreported.Remove((tick, node));
            }

            Ask();
            _life.Rollup.Advance(_now);
            foreach (var scope in _life.Rollup.Scopes.All)
                scope.History.SealNext(_now).ForEach(block => _life.Blocks.Put(scope.Scope, block));
            if (_now % 5 == 0)
                await SaveAsync();
        }

        public async Task AssertSecondsAsync(int back)
        {
            foreach (var node in Enumerable.Range(0, Nodes))
            {
                await AssertSecondsAsync(new Scope(ScopeKind.Route, $"route-{node}"), back, counted => Math.Max(counted[node], 0), _ => default);
                await AssertSecondsAsync(
                    new Scope(ScopeKind.Node, $"gw-{node}"), back, counted => Math.Max(counted[node], 0), counted => counted[node] < 0 ? default : new Gauges(node + 1, Gateways: 1));
            }

            await AssertSecondsAsync(new Scope(ScopeKind.Destination, "never/was"), back, _ => 0, _ => default);
            await AssertSecondsAsync(
                Scope.Cluster,
                back,
                counted => counted.Sum(requests => Math.Max(requests, 0)),
                counted => new Gauges(Enumerable.Range(0, Nodes).Sum(node => counted[node] < 0 ? 0 : node + 1), Gateways: counted.Count(requests => requests >= 0)));
        }

        private async Task AssertSecondsAsync(Scope scope, int back, Func<int[], int> added, Func<int[], Gauges> gauges)
        {
            // A moved roll-up is where its head was, until it has heard the shard.
            var tick = _life.Rollup.Tick;
            var after = tick - back;
            var from = Math.Max(Math.Max(after, tick - HistoryTier.Of(scope.Kind)[0].RetentionSeconds), 0);
            var known = _counted.Where(second => second.Key <= tick).ToList();
            var last = known.Count > 0 ? known[^1].Key : 0;
            var to = from < tick && last >= tick - ScopeSeconds.LateMax ? Math.Max(last, from) : tick;
            var range = await _life.SecondsAsync(scope, after);
            Assert.Equal((from, to), (range.AfterTick, range.ToTick));
            var total = 0L;
            var expected = new List<(long, int, RequestCounters, RequestCounters, Gauges, long)>();
            foreach (var (second, counted) in known)
            {
                total += added(counted);
                if (second > from && second <= to)
                    expected.Add((second, 1, Make.Counters(total), Make.Counters(added(counted)), gauges(counted), added(counted)));
            }

            Assert.Equal(expected, range.Points.Select(p => (p.Tick, p.Seconds, p.Counters, p.Added, p.Gauges, p.Durations?[400 + (int)(p.Tick % 90)] ?? 0)));
        }

        private void Ask()
        {
            var since = _life.Rollup.CursorOf(0);
            var (baseline, ticks) = _shard.Tell(since, since.Activation == _activation, _now);
            _life.Rollup.Stage(0, Serialization.RoundTrip(new ShardTicks(true, long.MaxValue, new ShardCursor(_activation, _shard.Version, _now, since.SafeTick), baseline, ticks)));
        }

        /// <summary>Busy seconds and others.</summary>
        private static int RequestsOf(long tick, int node) => (tick + node) % 3 == 0 ? 0 : (int)(tick % 7) + node;
    }
}
