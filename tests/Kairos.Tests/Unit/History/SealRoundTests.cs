using Kairos.Grains;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SealRoundTests : IDisposable
{
    private const long T = RollupActivation.Start;

    private static readonly SeriesKey Resting = new("old", "shop", "shop/1");

    private readonly MemoryStorage _storage = new();
    private readonly Measurements _measured = new();

    [Fact]
    public async Task SealSome_TenMinutes_SealsEveryScopeButThoseThatRest()
    {
        var instruments = new GrainInstruments(_measured);
        using var blocks = new BlockStore(_storage, instruments, NullLogger.Instance);
        var rollup = new Rollup(1, null, instruments);
        var sealing = new SealRound(rollup.Scopes, blocks);
        Advance(rollup, T, Resting);
        for (var tick = T + (3 * 86_400); tick < T + (3 * 86_400) + 600; tick++)
        {
            Advance(rollup, tick, Make.Key);
            sealing.SealSome(tick);
        }

        await blocks.WriteAsync();
        Assert.Empty(BlocksOf(new Scope(ScopeKind.Route, Resting.Route)));
        // Late counts still reach the last three minutes.
        foreach (var scope in new[] { Scope.Cluster, new Scope(ScopeKind.Route, Make.Key.Route), new Scope(ScopeKind.Node, "gw-1") })
            Assert.InRange(BlocksOf(scope).Count(), 6, 8);
    }

    public void Dispose() => _measured.Dispose();

    private static void Advance(Rollup rollup, long tick, SeriesKey series)
    {
        rollup.Stage(0, Make.Answer(Make.ShardTick(tick, 0) with { Added = Make.Parts(series, "gw-1", 1) }));
        rollup.Advance(tick);
    }

    private IEnumerable<string> BlocksOf(Scope scope) => _storage.Names(scope.Key).Where(name => name.StartsWith("history-1s-", StringComparison.Ordinal));
}
