using CsCheck;
using Kairos.Grains;
using Orleans.Storage;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class ShardLogTests
{
    private static readonly GrainId Grain = GrainId.Create("metrics-shard", "3");

    private readonly MemoryStorage _storage = new();

    [Fact]
    public async Task ReadAsync_AShardThatNeverWrote_IsEmpty()
    {
        var (stored, entries) = await new ShardLog(_storage, Grain).ReadAsync();
        Assert.Null(stored);
        Assert.Empty(entries);
    }

    [Fact]
    public async Task NeedsBase_AfterSixtyEntries_UntilOneIsWritten()
    {
        var log = await OpenAsync();
        for (var i = 0; i < 60; i++)
        {
            Assert.False(log.NeedsBase);
            await log.AppendAsync([(byte)i]);
        }

        Assert.True(log.NeedsBase);
        await log.WriteBaseAsync([255]);
        Assert.False(log.NeedsBase);
    }

    [Fact]
    public async Task AppendAsync_AFailedWrite_IsWrittenAgainInTheSamePlace()
    {
        var log = await OpenAsync();
        await log.AppendAsync([1]);
        _storage.Fails = true;
        await Assert.ThrowsAsync<IOException>(() => log.AppendAsync([2]));
        _storage.Fails = false;
        await log.AppendAsync([3]);
        Assert.Equal([1, 3], (await new ShardLog(_storage, Grain).ReadAsync()).Entries.Select(entry => entry[0]));
    }

    [Fact]
    public async Task AppendAsync_AnotherActivationHasWritten_Throws()
    {
        var (mine, other) = (await OpenAsync(), await OpenAsync());
        await other.AppendAsync([1]);
        await Assert.ThrowsAsync<InconsistentStateException>(() => mine.AppendAsync([2]));
    }

    [Fact]
    public async Task WriteBaseAsync_AnotherActivationHasWritten_Throws()
    {
        var (mine, other) = (await OpenAsync(), await OpenAsync());
        await other.WriteBaseAsync([1]);
        await Assert.ThrowsAsync<InconsistentStateException>(() => mine.WriteBaseAsync([2]));
    }

    [Fact]
    public async Task ReadAsync_AnyWritesFailuresAndRestarts_GivesTheBaseAndTheEntriesAfterIt() =>
        await Gen.Int[0, 19].Array[1, 300].SampleAsync(
            async steps =>
            {
                var storage = new MemoryStorage();
                var log = new ShardLog(storage, Grain);
                await log.ReadAsync();
                var (expectedBase, expected, next) = (-1, new List<int>(), 0);
                foreach (var step in steps)
                {
                    storage.Fails = step is 0 or 1;
                    try
                    {
                        if (step == 2)
                        {
                            log = new ShardLog(storage, Grain);
                            await log.ReadAsync();
                        }
                        else if (log.NeedsBase || step is 1 or 3)
                        {
                            await log.WriteBaseAsync(BitConverter.GetBytes(++next));
                            (expectedBase, expected) = (next, []);
                        }
                        else
                        {
                            await log.AppendAsync(BitConverter.GetBytes(++next));
                            expected.Add(next);
                        }
                    }
                    catch (IOException)
                    {
                        Assert.True(storage.Fails);
                    }
                }

                var (stored, entries) = await new ShardLog(storage, Grain).ReadAsync();
                Assert.Equal(expectedBase, stored is null ? -1 : BitConverter.ToInt32(stored));
                Assert.Equal(expected, entries.Select(entry => BitConverter.ToInt32(entry)));
            },
            iter: 200);

    private async Task<ShardLog> OpenAsync()
    {
        var log = new ShardLog(_storage, Grain);
        await log.ReadAsync();
        return log;
    }
}
