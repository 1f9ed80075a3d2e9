using Kairos.Gateway;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class GatewaySettingsTests
{
    [Fact]
    public void Read_NothingConfigured_GivesTheDefaultsOfTheDesign()
    {
        var settings = Read([]);
        Assert.Equal(Environment.MachineName, settings.Node.Id);
        Assert.Equal(("Standalone", "data", 16), (settings.Cluster.Mode, settings.Data.Path, settings.Shards.Count));
        Assert.Equal((TimeSpan.FromMilliseconds(250), 120), (settings.Reporting.Period, settings.Reporting.BufferTicks));
        Assert.Equal((TimeSpan.FromMinutes(10), 20_000), (settings.Sessions.Retention, settings.Sessions.Max));
        var stream = settings.MetricsStream;
        Assert.Equal((20_000, 1_000, 4_096, 10), (stream.MaxConnections, stream.MaxConnectionsPerAddress, stream.MaxMessageBytes, stream.MaxSubscriptionsPer10Seconds));
        Assert.Equal(
            [30, 15, 10, 10, 8],
            new[] { stream.HeartbeatPeriod, stream.PingInterval, stream.PingTimeout, stream.SendTimeout, stream.DrainTimeout }.Select(t => t.TotalSeconds));
        Assert.Empty(stream.AllowedOrigins);
        Assert.False(settings.Demo.Enabled);
        Assert.Equal("", settings.Http2.Url);
    }

    [Theory]
    [InlineData("Kairos:Node:Id", "gw 1", "Kairos:Node:Id is 'gw 1'; it must be 1 to 100 letters, digits, dots, dashes or underscores.")]
    [InlineData("Kairos:Node:Id", "", "Kairos:Node:Id is ''; it must be 1 to 100 letters, digits, dots, dashes or underscores.")]
    [InlineData("Kairos:Cluster:Mode", "Etcd", "Kairos:Cluster:Mode is 'Etcd'; it must be 'Standalone' or 'Redis'.")]
    [InlineData("Kairos:Cluster:ClusterId", "a/b", "Kairos:Cluster:ClusterId is 'a/b'; it must be 1 to 100 letters, digits, dots, dashes or underscores.")]
    [InlineData("Kairos:MetricsStream:DrainPeriod", "00:02:00", "Kairos:MetricsStream:DrainPeriod is '00:02:00'; it must be a duration from 00:00:00 to 00:01:00, written hh:mm:ss or hh:mm:ss.fff.")]
    [InlineData("Kairos:Data:Path", "", "Kairos:Data:Path is ''; it must be the path of a folder.")]
    [InlineData("Kairos:Shards:Count", "0", "Kairos:Shards:Count is '0'; it must be a whole number from 1 to 256.")]
    [InlineData("Kairos:Sessions:Max", "0", "Kairos:Sessions:Max is '0'; it must be a whole number from 1 to 200000.")]
    [InlineData("Kairos:Sessions:Retention", "2.00:00:00", "Kairos:Sessions:Retention is '2.00:00:00'; it must be a duration from 00:00:01 to 1.00:00:00, written hh:mm:ss or hh:mm:ss.fff.")]
    [InlineData("Kairos:Reporting:Period", "00:00:02", "Kairos:Reporting:Period is '00:00:02'; it must be a duration from 00:00:00.050 to 00:00:01, written hh:mm:ss or hh:mm:ss.fff.")]
    [InlineData("Kairos:Http2:Url", "https://localhost:5902", "Kairos:Http2:Url is 'https://localhost:5902'; it must be an address such as http://localhost:5902, or empty for none.")]
    [InlineData("Kairos:MetricsStream:MaxConnections", "lots", "Kairos:MetricsStream:MaxConnections is 'lots'; it must be a whole number from 1 to 1000000.")]
    [InlineData("Kairos:MetricsStream:AllowedOrigins", "dash.example.com", "Kairos:MetricsStream:AllowedOrigins holds 'dash.example.com'; each of it must be an origin such as https://dash.example.com.")]
    [InlineData("Kairos:Demo:Enabled", "on", "Kairos:Demo:Enabled is 'on'; it must be true or false.")]
    [InlineData("Kairos:Demo:Speed", "1", "Kairos:Demo:Speed is not a setting; those of Kairos:Demo are Enabled.")]
    public void Read_AMistake_StopsWithItsSentence(string key, string value, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<ConfigurationMistakeException>(() => Read(new() { [key] = value })).Message);

    [Fact]
    public void Read_AnUnknownSection_NamesThoseThatThereAre()
    {
        var mistake = Assert.Throws<ConfigurationMistakeException>(() => Read(new() { ["Kairos:MetricStream:MaxConnections"] = "5" }));
        Assert.Equal(
            "Kairos:MetricStream is not a setting; those of Kairos are Cluster, Data, Demo, Http2, Metering, MetricsStream, Node, Reporting, Sessions, Shards.",
            mistake.Message);
    }

    [Fact]
    public void Read_SeveralMistakes_GivesALineEach()
    {
        var mistake = Assert.Throws<ConfigurationMistakeException>(() => Read(new() { ["Kairos:Shards:Count"] = "0", ["Kairos:Node:Id"] = "ü" }));
        Assert.Equal(2, mistake.Message.Split('\n').Length);
    }

    private static GatewaySettings Read(Dictionary<string, string?> values) =>
        GatewaySettings.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
}
