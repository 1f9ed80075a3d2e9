using Kairos.Grains;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class BlockStoreTests : IDisposable
{
    private static readonly Scope Route = new(ScopeKind.Route, Make.Key.Route);

    private readonly MemoryStorage _storage = new();
    private readonly Measurements _measured = new();
    private readonly GrainInstruments _instruments;

    public BlockStoreTests() => _instruments = new GrainInstruments(_measured);

    [Fact]
    public async Task Put_StorageTakesNothingForLong_GivesUpTheOldestAndCountsThem()
    {
        using var blocks = new BlockStore(_storage, _instruments, NullLogger.Instance);
        for (var i = 0; i < BlockStore.PendingMax + 3; i++)
            blocks.Put(Route, new SealedBlock(0, i, [1]));
        Assert.Equal(3, _measured["kairos.history.blocks.lost"]);
        Assert.Equal([1], await blocks.GetAsync(Route, 0, BlockStore.PendingMax));
        Assert.Null(await blocks.GetAsync(Route, 1, 7));
    }

    [Fact]
    public async Task Put_ABlockThatIsBeingRead_IsFoundFromThenOn()
    {
        using var blocks = new BlockStore(_storage, _instruments, NullLogger.Instance);
        _storage.Reading = new TaskCompletionSource();
        var before = blocks.GetAsync(Route, 0, 7);
        blocks.Put(Route, new SealedBlock(0, 7, [1, 2]));
        _storage.Reading.SetResult();
        Assert.Null(await before);
        Assert.Equal([1, 2], await blocks.GetAsync(Route, 0, 7));
    }

    [Fact]
    public async Task ClearAsync_AForgottenScope_LeavesNothingOfItInStorage()
    {
        using var life = await RollupActivation.BeginAsync(_storage, _instruments);
        await life.RunAsync(1, 600);
        Assert.Contains(_storage.Names(Route.Key), name => name.StartsWith("history", StringComparison.Ordinal));
        await life.Blocks.ClearAsync(Route);
        Assert.DoesNotContain(_storage.Names(Route.Key), name => name.StartsWith("history", StringComparison.Ordinal));
    }

    public void Dispose() => _measured.Dispose();
}
