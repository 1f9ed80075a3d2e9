using Kairos.Grains;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Which scopes are published.</summary>
public sealed class ScopeStreamsTests : IDisposable
{
    private static readonly Scope Orders = new(ScopeKind.Route, Make.Key.Route);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(Make.Tick));
    private readonly Measurements _measured = new();
    private readonly FakeStreams _provider = new();
    private readonly Rollup _rollup;
    private readonly ScopeStreams _streams;

    public ScopeStreamsTests()
    {
        var instruments = new GrainInstruments(_measured);
        _rollup = new Rollup(1, null, instruments);
        _streams = new ScopeStreams(_provider, instruments, _time, NullLogger.Instance);
    }

    [Fact]
    public void Publish_ScopesOfWhichOneIsWanted_PublishesItAndTheCluster()
    {
        Assert.Equal(["cluster"], PublishNext());
        Assert.True(_rollup.Scopes.All.Count > 2);
        _streams.Want(Orders);
        _streams.Want(Orders);
        Assert.Equal(["cluster", "route/orders"], PublishNext());
        Assert.Equal(["cluster", "route/orders"], PublishNext());
    }

    [Fact]
    public void Publish_NobodyAsksForTheScopeAnyMore_EndsThirtySecondsAfterTheLastWish()
    {
        _streams.Want(Orders);
        for (var second = 1; second <= 20; second++)
            Assert.Contains("route/orders", PublishNext());
        _streams.Want(Orders);
        for (var second = 1; second <= 30; second++)
            Assert.Contains("route/orders", PublishNext());
        for (var second = 31; second <= 35; second++)
            Assert.Equal(["cluster"], PublishNext());
        _streams.Want(Orders);
        Assert.Contains("route/orders", PublishNext());
    }

    [Fact]
    public void Want_OneScopeMoreThanMayBePublished_IsRefusedAndCounted()
    {
        var scopes = Enumerable.Range(0, ScopeStreams.Max + 1).Select(i => _rollup.Scopes.Of(new Scope(ScopeKind.Node, $"n{i}"), Make.Tick).Scope).ToArray();
        Array.ForEach(scopes[..^1], _streams.Want);
        Assert.Equal(0, _measured["kairos.rollup.streams.refused"]);
        _streams.Want(scopes[^1]);
        Assert.Equal(1, _measured["kairos.rollup.streams.refused"]);
        Assert.Equal(scopes[..^1].Select(scope => scope.Key).Prepend("cluster").Order(StringComparer.Ordinal), PublishNext());

        // One that is published already is not refused; the others make room.
        _time.Advance(TimeSpan.FromSeconds(20));
        _streams.Want(scopes[0]);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(["cluster", "node/n0"], PublishNext());
        _streams.Want(scopes[^1]);
        Assert.Equal(["cluster", "node/n0", scopes[^1].Key], PublishNext());
        Assert.Equal(1, _measured["kairos.rollup.streams.refused"]);
    }

    public void Dispose() => _measured.Dispose();

    /// <summary>A second later: the keys of the streams on which the roll-up's tick is published, sorted.</summary>
    private List<string> PublishNext()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        var tick = _time.GetUtcNow().ToUnixTimeSeconds();
        _rollup.Stage(0, Make.Answer(Make.ShardTick(tick, 1)));
        _rollup.Advance(tick);
        _provider.Published.Clear();
        _streams.Publish(_rollup);
        Assert.All(_provider.Published, published => Assert.Equal((SnapshotStreams.Namespace, tick), (published.Stream.GetNamespace(), published.Snapshot.Tick)));
        return [.. _provider.Published.Select(published => published.Stream.GetKeyAsString()).Order(StringComparer.Ordinal)];
    }
}
