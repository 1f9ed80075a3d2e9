using CsCheck;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class ShardsOptionsTests
{
    // Computed by another FNV-1a: every process of a cluster, of whatever version, must find the same shard.
    [Theory]
    [InlineData("gw-1", 16, 1)]
    [InlineData("gw-2", 16, 8)]
    [InlineData("localhost", 16, 10)]
    [InlineData("gateway-0.prod.example.com", 16, 0)]
    [InlineData("a", 16, 12)]
    [InlineData("gw-1", 256, 161)]
    [InlineData("localhost", 256, 58)]
    [InlineData("gw-1", 7, 4)]
    [InlineData("localhost", 7, 2)]
    [InlineData("gw-1", 1, 0)]
    public void ShardOf_AName_IsForeverTheSame(string node, int count, int shard) =>
        Assert.Equal(shard, new ShardsOptions { Count = count }.ShardOf(node));

    [Fact]
    public void ShardOf_AnyName_IsAShardThatExists() => Gen.Select(Gen.String, Gen.Int[1, 256]).Sample((node, count) =>
        new ShardsOptions { Count = count }.ShardOf(node) is var shard && shard >= 0 && shard < count);

    [Fact]
    public void ShardOf_ManyNames_SpreadsThem()
    {
        var shards = Enumerable.Range(0, 1_600).GroupBy(i => new ShardsOptions().ShardOf($"gw-{i}")).Select(group => group.Count()).ToList();
        Assert.Equal(16, shards.Count);
        Assert.All(shards, count => Assert.InRange(count, 50, 200));
    }
}
