using CsCheck;
using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class RollupPropertyTests : IDisposable
{
    private const long T = Make.Tick;

    private static readonly Scope Route = new(ScopeKind.Route, Make.Key.Route);
    private static readonly Scope Node = new(ScopeKind.Node, "gw-1");

    private readonly Measurements _measured = new();
    private readonly GrainInstruments _instruments;

    public RollupPropertyTests() => _instruments = new GrainInstruments(_measured);

    [Fact]
    public void Advance_AnyAnswersEvenLowerOnes_NeverLetsATotalFallAndScopesAddUp() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 250], Gen.Int[0, 1_000], Gen.Int[0, 9]).Array[1, 200].Sample(steps =>
        {
            var rollup = New(3);
            var (now, last) = (T, default(RequestCounters));
            foreach (var (shard, age, successes, act) in steps)
            {
                if (act == 0)
                    rollup = New(3, Serialization.RoundTrip(rollup.ToHead(0)));
                else if (act < 3)
                    rollup.Stage(shard, Make.Answer() with { Baseline = new ShardBaseline(now - age, Make.Parts(Make.Key, "gw-1", successes)) });
                else if (act < 7)
                    rollup.Stage(shard, Make.Answer(Make.ShardTick(now - age, successes)));
                else
                    rollup.Advance(++now);

                Assert.True(last.IsAtMost(rollup.Total), $"{rollup.Total} after {last}");
                last = rollup.Total;
                Assert.Equal(last, rollup.Scopes.Find(Route)?.History.Total ?? default);
                Assert.Equal(last, rollup.Scopes.Find(Node)?.History.Total ?? default);
            }
        });

    public void Dispose() => _measured.Dispose();

    private Rollup New(int shards, RollupHead? head = null) => new(shards, head, _instruments);
}
