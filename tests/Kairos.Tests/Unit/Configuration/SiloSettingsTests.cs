using System.Net;
using Kairos.Silo;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SiloSettingsTests
{
    [Fact]
    public void Read_NothingButTheMode_GivesTheDefaultsOfTheDesign()
    {
        var settings = SiloSettings.Read(Configured(("Kairos:Cluster:Mode", "Redis")));
        Assert.Equal((11_111, 30_000, "127.0.0.1"), (settings.Silo.Port, settings.Silo.GatewayPort, settings.Silo.AdvertisedAddress));
        Assert.Equal(("kairos", 16), (settings.Cluster.ClusterId, settings.Shards.Count));
        Assert.Equal((TimeSpan.FromMinutes(10), 20_000), (settings.Sessions.Retention, settings.Sessions.Max));
    }

    [Theory]
    [InlineData("Kairos:Cluster:Mode", "Standalone", "Kairos:Cluster:Mode is 'Standalone'; a silo of its own needs 'Redis', only a gateway can be standalone.")]
    [InlineData("Kairos:Silo:Port", "70000", "Kairos:Silo:Port is '70000'; it must be a whole number from 1 to 65535.")]
    [InlineData("Kairos:Silo:GatewayPort", "11111", "Kairos:Silo:GatewayPort is '11111'; it must be another port than Kairos:Silo:Port.")]
    [InlineData("Kairos:Silo:AdvertisedAddress", "a b", "Kairos:Silo:AdvertisedAddress is 'a b'; it must be an IP address, a host name, or 'auto' for this host's own address.")]
    [InlineData("Kairos:Node:Id", "gw-1", "Kairos:Node is not a setting; those of Kairos are Cluster, Sessions, Shards, Silo.")]
    public void Read_AMistake_StopsWithItsSentence(string key, string value, string sentence) => Assert.Equal(
        sentence,
        Assert.Throws<ConfigurationMistakeException>(() => SiloSettings.Read(Configured(("Kairos:Cluster:Mode", "Redis"), (key, value)))).Message);

    [Theory]
    [InlineData("")]
    [InlineData("password=s3cret")]
    [InlineData("redis:6379,passwd=s3cret")]
    [InlineData("redis:6379,connectTimeout=soon,password=s3cret")]
    [InlineData("redis:6379,password=ab,s3cret")]
    [InlineData("redis:6379,password=ab,s3cret=e")]
    public void Read_AConnectionThatCannotBeRead_SaysWhatIsAllowedAndNoPassword(string text)
    {
        var mistake = Assert.Throws<ConfigurationMistakeException>(() => RedisConnection.Read(Configured(("ConnectionStrings:Redis", text))));
        Assert.StartsWith("ConnectionStrings:Redis ", mistake.Message, StringComparison.Ordinal);
        Assert.Contains("such as redis:6379,password=…", mistake.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AConnection_ReconnectsForEver()
    {
        var options = RedisConnection.Read(Configured(("ConnectionStrings:Redis", "redis-1:6379,redis-2:6379,password=s3cret,abortConnect=true")));
        Assert.False(options.AbortOnConnectFail);
        Assert.Equal("redis-1:6379 and redis-2:6379", RedisConnection.Address(options));
    }

    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("localhost", "127.0.0.1")]
    public async Task ResolveAsync_AnAddressOrAName_GivesTheAddress(string advertised, string address) =>
        Assert.Equal(IPAddress.Parse(address), await SiloAddresses.ResolveAsync(advertised));

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("no-such-host.invalid")]
    public async Task ResolveAsync_NoAddress_SaysWhichKey(string advertised)
    {
        var mistake = await Assert.ThrowsAsync<ConfigurationMistakeException>(() => SiloAddresses.ResolveAsync(advertised));
        Assert.StartsWith($"Kairos:Silo:AdvertisedAddress is '{advertised}'", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ListenAddressOf_AnAddressThatIsNotThisHosts_IsEveryAddress()
    {
        Assert.Equal(IPAddress.Any, SiloAddresses.ListenAddressOf(IPAddress.Parse("203.0.113.7")));
        Assert.Equal(IPAddress.Loopback, SiloAddresses.ListenAddressOf(IPAddress.Loopback));
    }

    private static IConfiguration Configured(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.GroupBy(v => v.Key).ToDictionary(v => v.Key, v => (string?)v.Last().Value)).Build();
}
