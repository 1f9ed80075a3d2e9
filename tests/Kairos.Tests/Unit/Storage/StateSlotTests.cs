using Kairos.Grains;
using Orleans.Storage;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class StateSlotTests
{
    private static readonly GrainId Grain = GrainId.Create("metrics-shard", "3");

    private readonly MemoryStorage _storage = new();

    [Fact]
    public async Task WriteAsync_AfterAWriteThatReachedStorageThoughItSeemedToFail_GoesOn()
    {
        var slot = await OpenAsync();
        await slot.WriteAsync(1, [1]);
        _storage.FailsAfterwards = true;
        await Assert.ThrowsAsync<IOException>(() => slot.WriteAsync(2, [2]));
        Assert.Equal(1, slot.Sequence);

        _storage.FailsAfterwards = false;
        await slot.WriteAsync(2, [22]);
        await AssertStoredAsync(2, 22);
    }

    [Fact]
    public async Task WriteAsync_AfterAFirstWriteThatReachedStorageThoughItSeemedToFail_GoesOn()
    {
        var slot = await OpenAsync();
        _storage.FailsAfterwards = true;
        await Assert.ThrowsAsync<IOException>(() => slot.WriteAsync(1, [1]));
        _storage.FailsAfterwards = false;
        await slot.WriteAsync(1, [11]);
        await AssertStoredAsync(1, 11);
    }

    [Fact]
    public async Task WriteAsync_AnotherActivationHasWritten_IsRefused()
    {
        var (first, second) = (await OpenAsync(), await OpenAsync());
        await first.WriteAsync(1, [1]);
        await Assert.ThrowsAsync<InconsistentStateException>(() => second.WriteAsync(1, [2]));
        await Assert.ThrowsAsync<InconsistentStateException>(() => second.WriteAsync(1, [2]));
        await first.WriteAsync(2, [3]);
        await AssertStoredAsync(2, 3);
    }

    private async Task<StateSlot> OpenAsync()
    {
        var slot = new StateSlot(_storage, Grain, "base");
        await slot.ReadAsync();
        return slot;
    }

    private async Task AssertStoredAsync(long sequence, byte payload)
    {
        var slot = await OpenAsync();
        Assert.Equal(sequence, slot.Sequence);
        Assert.Equal([payload], slot.Payload);
    }
}
