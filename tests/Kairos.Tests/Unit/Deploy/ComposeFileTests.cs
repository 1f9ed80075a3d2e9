using System.Globalization;
using Kairos.Gateway;
using Kairos.Silo;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>What deploy/docker-compose.yml promises, read from the file: no Docker needed.</summary>
public sealed class ComposeFileTests
{
    private readonly ComposeFile _file = ComposeFile.Load();

    [Fact]
    public void Every_knob_is_in_the_env_file_and_does_something()
    {
        Assert.Equal(_file.Knobs.Keys.Order(), _file.Asked.Order());
    }

    [Fact]
    public void Only_the_balancer_and_the_views_are_published_and_on_loopback_unless_told_otherwise()
    {
        var published = _file.Services.Where(service => service.Value["ports"] is not null)
            .ToDictionary(service => service.Key, service => service.Value["ports"]!.AsArray().Single()!.ToString());

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["haproxy"] = "127.0.0.1:5900:5900",
                ["prometheus"] = "127.0.0.1:9090:9090",
                ["grafana"] = "127.0.0.1:3000:3000",
            },
            published);
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("silo")]
    public void What_trusts_its_network_is_on_the_internal_one_alone(string service)
    {
        Assert.Equal(["cluster"], _file[service]["networks"]!.AsArray().Select(network => network!.ToString()));
    }

    [Fact]
    public void No_container_has_rights_or_writes_but_to_its_volumes_and_all_are_bounded()
    {
        Assert.All(_file.Services, service =>
        {
            Assert.Equal("true", $"{service.Value["read_only"]}");
            Assert.Equal("ALL", $"{service.Value["cap_drop"]![0]}");
            Assert.Equal("no-new-privileges:true", $"{service.Value["security_opt"]![0]}");
            Assert.NotNull(service.Value["deploy"]!["resources"]!["limits"]!["memory"]);
            Assert.NotNull(service.Value["logging"]!["options"]!["max-size"]);
            Assert.NotNull(service.Value["healthcheck"]!["test"]);
            Assert.NotNull(service.Value["stop_grace_period"]);
        });
    }

    [Fact]
    public void Gateway_settings_are_ones_that_a_gateway_takes()
    {
        var settings = GatewaySettings.Read(ConfigurationOf("gateway"));

        Assert.False(settings.IsStandalone);
        Assert.Equal(settings.Shards.Count, SiloSettings.Read(ConfigurationOf("silo")).Shards.Count);
        Assert.Equal(settings.Cluster.ClusterId, SiloSettings.Read(ConfigurationOf("silo")).Cluster.ClusterId);
    }

    [Fact]
    public void Docker_waits_for_longer_than_a_gateway_drains()
    {
        var stream = GatewaySettings.Read(ConfigurationOf("gateway")).MetricsStream;
        var patience = TimeSpan.FromSeconds(int.Parse(_file.Knobs["GATEWAY_STOP"].TrimEnd('s'), CultureInfo.InvariantCulture));

        // The last report has to reach storage as well.
        Assert.InRange(patience, stream.DrainPeriod + stream.DrainTimeout + TimeSpan.FromSeconds(10), TimeSpan.MaxValue);
    }

    [Fact]
    public void Redis_has_every_write_on_disk_before_it_acknowledges_it()
    {
        var command = string.Join(' ', _file["redis"]["command"]!.AsArray().Select(word => word!.ToString()));

        Assert.Contains("--appendonly yes --appendfsync always", command, StringComparison.Ordinal);
    }

    private IConfiguration ConfigurationOf(string service) => new ConfigurationBuilder()
        .AddInMemoryCollection(_file.EnvironmentOf(service).ToDictionary(pair => pair.Key.Replace("__", ":", StringComparison.Ordinal), pair => pair.Value))
        .Build();
}
