using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class ScopeTableTests : IDisposable
{
    private const long T = Make.Tick;

    private readonly Measurements _measured = new();
    private readonly Rollup _rollup;

    public ScopeTableTests() => _rollup = new Rollup(1, null, new GrainInstruments(_measured));

    [Fact]
    public void Scopes_BeyondTheirLimit_ShareOneOfTheirKind()
    {
        PartCounts[] parts = [.. Enumerable.Range(0, ScopeTable.Max + 10).Select(i => new PartCounts(PartKey.Of(new SeriesKey($"r{i}", "", "")), Make.Counts(1)))];
        _rollup.Stage(0, Make.Answer(new ShardTick(T, [], parts)));
        _rollup.Advance(T);
        Assert.Equal(ScopeTable.Max + 1, _rollup.Scopes.All.Count);
        var overflow = _rollup.Scopes.Find(new Scope(ScopeKind.Route, Scope.Overflow))!;
        Assert.Equal(Make.Counters(ScopeTable.Max + 10), _rollup.Total);
        Assert.Equal(Make.Counters(11), overflow.History.Total);
        Assert.Equal(11, _measured["kairos.rollup.scopes.overflows"]);
    }

    [Fact]
    public void Scopes_ANameLongerThanAllowed_CountsForTheClusterAlone()
    {
        var series = Make.Key with { Route = new string('r', Scope.NameLengthMax + 1) };
        _rollup.Stage(0, Make.Answer(new ShardTick(T, [], Make.Parts(series, "gw-1", 3))));
        _rollup.Advance(T);
        Assert.Equal(Make.Counters(3), _rollup.Total);
        Assert.DoesNotContain(_rollup.Scopes.All, scope => scope.Scope.Kind == ScopeKind.Route);
    }

    [Fact]
    public void Forget_OfManyScopes_ThoseThatRestMakeRoomALittleAtATime()
    {
        const int Later = 2 * 86_400;
        var scopes = new ScopeTable([], new Presence(), new GrainInstruments(_measured));
        for (var i = 0; i < ScopeTable.Max * 9 / 10; i++)
        {
            Assert.Empty(scopes.Forget(T + Later + i));
            scopes.Of(new Scope(ScopeKind.Node, $"gw-{i}"), T + i);
        }

        Assert.Empty(scopes.Forget(T + Later));
        Assert.Equal(["gw-0", "gw-1"], scopes.Forget(T + Later + 2).Select(scope => scope.Name));
        Assert.Empty(scopes.Forget(T + Later + 1_000));
    }

    public void Dispose() => _measured.Dispose();
}
