using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>The seconds that sessions are told while storage is slow, fails, or has lost something.</summary>
public sealed class ScopeSecondsReadingTests : IDisposable
{
    private const long T = RollupActivation.Start;

    private static readonly Scope Route = new(ScopeKind.Route, Make.Key.Route);
    private static readonly Scope Node = new(ScopeKind.Node, "gw-1");

    private readonly MemoryStorage _storage = new();
    private readonly Measurements _measured = new();
    private readonly GrainInstruments _instruments;

    public ScopeSecondsReadingTests() => _instruments = new GrainInstruments(_measured);

    [Fact]
    public async Task ReadSecondsAsync_ABlockCannotBeRead_Fails()
    {
        using (var life = await RollupActivation.BeginAsync(_storage, _instruments))
            await life.RunAsync(1, 4_200);
        using var next = await RollupActivation.BeginAsync(_storage, _instruments);

        // Of the cluster, which alone knows when anybody reported; then of the scope, when the cluster's are in memory.
        _storage.FailsReadsOf = "history-1s-";
        await Assert.ThrowsAsync<IOException>(() => next.SecondsAsync(new Scope(ScopeKind.Route, "never"), T + 3_400));
        _storage.FailsReadsOf = null;
        await next.SecondsAsync(Scope.Cluster, T + 3_300);
        _storage.FailsReadsOf = "history-1s-";
        await Assert.ThrowsAsync<IOException>(() => next.SecondsAsync(Node, T + 3_400));

        // What is not in such a block is told all the same; and all of it once storage answers.
        ScopeSecondsTests.AssertWhole(await next.SecondsAsync(Node, T + 3_660), T + 3_660, Make.Counters(4_200));
        _storage.FailsReadsOf = null;
        ScopeSecondsTests.AssertWhole(await next.SecondsAsync(Node, T + 3_400), T + 3_400, Make.Counters(4_200));
    }

    [Fact]
    public async Task ReadSecondsAsync_ABlockOfTheScopeIsLost_ItsSecondsAreNotTakenForIdle()
    {
        using (var life = await RollupActivation.BeginAsync(_storage, _instruments))
            await life.RunAsync(1, 600);
        var slot = new StateSlot(_storage, GrainId.Create("time-series", Node.Key), $"history-1s-{(T / 60 + 3) % 16}");
        await slot.ReadAsync();
        Assert.Equal(T / 60 + 3, slot.Sequence);
        await slot.WriteAsync(slot.Sequence, [99, 1, 2, 3]);
        using var next = await RollupActivation.BeginAsync(_storage, _instruments);
        var points = (await next.SecondsAsync(Node, T)).Points;
        Assert.Equal(Enumerable.Range(1, 180).Concat(Enumerable.Range(241, 360)).Select(i => (T + i, (long)i)), points.Select(point => (point.Tick, point.Counters.Successes)));
    }

    [Theory]
    [InlineData(ScopeKind.Route)]
    [InlineData(ScopeKind.Cluster)]
    public async Task ReadSecondsAsync_MinutesAreSealedWhileAnOlderBlockIsRead_HasEverySecondOnce(ScopeKind kind)
    {
        using (var former = await RollupActivation.BeginAsync(_storage, _instruments))
            await former.RunAsync(1, 900);
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        _storage.Reading = new TaskCompletionSource();
        var reading = life.SecondsAsync(kind == ScopeKind.Cluster ? Scope.Cluster : Route, T);
        Assert.False(reading.IsCompleted);
        for (var i = 901; i <= 1_500; i++)
            life.Run(Make.ShardTick(T + i, 1));
        _storage.Reading.SetResult();
        Assert.Equal(T + 900, (await reading).ToTick);
        ScopeSecondsTests.AssertWhole(await reading, T, Make.Counters(900));
    }

    [Fact]
    public async Task ReadSecondsAsync_ASecondIsReportedWhileABlockIsRead_IsThereWithItsCountsOrNotAtAll()
    {
        using (var former = await RollupActivation.BeginAsync(_storage, _instruments))
        {
            await former.RunAsync(1, 799);
            await former.RunAsync(801, 900);
        }

        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        _storage.Reading = new TaskCompletionSource();
        var reading = life.SecondsAsync(Node, T);
        life.Rollup.Stage(0, Make.Answer(Make.ShardTick(T + 800, 4), Make.ShardTick(T + 901, 0)));
        life.Rollup.Advance(T + 901);
        _storage.Reading.SetResult();
        Assert.DoesNotContain((await reading).Points, point => point.Tick == T + 800);
        Assert.Equal(Make.Counters(4), Assert.Single((await life.SecondsAsync(Node, T)).Points, point => point.Tick == T + 800).Added);
    }

    public void Dispose() => _measured.Dispose();
}
