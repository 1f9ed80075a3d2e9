using System.Globalization;
using System.Net;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(OwnGateways.Name)]
public sealed class ConfigurationTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Kairos:MetricsStream:MaxConnections", "abc")]
    [InlineData("Kairos:MetricsStream:MaxConnections", "0")]
    [InlineData("Kairos:MetricsStream:HeartbeatPeriod", "-00:00:01")]
    [InlineData("Kairos:MetricsStream:MaxConections", "5")]
    // Thirty days, to .NET.
    [InlineData("Kairos:Reporting:Period", "30")]
    [InlineData("Kairos:Shards:Count", "0")]
    [InlineData("Kairos:Cluster:Mode", "Foo")]
    [InlineData("Kairos:Http2:Url", "nonsense")]
    [InlineData("contentRoot", "/nowhere")]
    public async Task Wrong_value_stops_the_process_with_a_sentence_that_names_the_key(string key, string value)
    {
        using var workspace = new Workspace();

        var (exitCode, output) = await GatewayProcess.RunToExitAsync(workspace, $"--{key}={value}");

        Assert.NotEqual(0, exitCode);
        AssertOneSentence(output, key);
    }

    [Fact]
    public async Task Two_mistakes_are_both_told()
    {
        using var workspace = new Workspace();

        var (exitCode, output) = await GatewayProcess.RunToExitAsync(
            workspace, "--Kairos:MetricsStream:MaxConnections=-1", "--Kairos:MetricsStream:SendTimeout=-00:00:01");

        Assert.NotEqual(0, exitCode);
        AssertOneSentence(output, "Kairos:MetricsStream:MaxConnections");
        AssertOneSentence(output, "Kairos:MetricsStream:SendTimeout");
    }

    [Fact]
    public async Task Second_process_on_the_same_data_stops_with_a_sentence_and_the_first_goes_on()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        var before = await client.ReceiveAsync();

        var (exitCode, output) = await GatewayProcess.RunToExitAsync(rig.Workspace);

        Assert.NotEqual(0, exitCode);
        AssertOneSentence(output, rig.Workspace.DataPath);
        var last = await client.ReceiveTickAsync(before.Tick() + 2);
        Assert.True(last.IsSnapshot());
    }

    [Theory]
    [InlineData("/new/{**rest}", "nowhere")]
    [InlineData("/new/{**rest", "d")]
    [InlineData("", "d")]
    public async Task Mistaken_route_is_told_the_old_routes_stay_and_the_corrected_file_counts(string path, string clusterId)
    {
        await using var rig = await GatewayRig.StartAsync();

        rig.Workspace.WriteSettings(ProxySettings.To(rig.Destination.Address, new ProxyRoute("new", path, clusterId)));
        await Wait.UntilAsync(
            () => rig.Gateway.Output.Contains("'new'", StringComparison.Ordinal),
            () => $"a word about the route 'new'. The output:\n{rig.Gateway.Output}");

        await AssertOldRoutesAndCorrectAsync(rig);
    }

    [Fact]
    public async Task Broken_settings_file_is_told_the_old_routes_stay_and_the_corrected_file_counts()
    {
        await using var rig = await GatewayRig.StartAsync();

        rig.Workspace.WriteSettings("""{ "ReverseProxy": { "Routes": { """);
        await Wait.UntilAsync(
            () => rig.Gateway.Output.Contains("appsettings.json", StringComparison.Ordinal),
            () => $"a word about the broken file. The output:\n{rig.Gateway.Output}");

        await AssertOldRoutesAndCorrectAsync(rig);
    }

    private static async Task AssertOldRoutesAndCorrectAsync(GatewayRig rig)
    {
        Assert.Equal(HttpStatusCode.Accepted, await StatusAsync(rig, "d/status/202"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(rig, "new/status/202"));

        rig.Workspace.WriteSettings(ProxySettings.To(rig.Destination.Address, new ProxyRoute("new", "/new/{**rest}", "d")));

        await Wait.UntilAsync(
            async () => await StatusAsync(rig, "new/status/202") == HttpStatusCode.Accepted,
            () => $"the corrected routes. The output:\n{rig.Gateway.Output}");
        Assert.Equal(HttpStatusCode.Accepted, await StatusAsync(rig, "d/status/202"));
    }

    private static async Task<HttpStatusCode> StatusAsync(GatewayRig rig, string path)
    {
        using var response = await rig.Gateway.Http.GetAsync(path, Cancelled);
        return response.StatusCode;
    }

    /// <summary>One line speaks of it, and nothing of the program's inside is shown.</summary>
    private static void AssertOneSentence(string output, string about)
    {
        var lines = output.Split('\n');
        var count = lines.Count(line => line.Contains(about, StringComparison.OrdinalIgnoreCase));
        Assert.True(count == 1, string.Create(CultureInfo.InvariantCulture, $"{count} lines speak of {about}:\n{output}"));
        Assert.DoesNotContain(lines, line => line.StartsWith("   at ", StringComparison.Ordinal));
        Assert.DoesNotContain("Unhandled exception", output, StringComparison.Ordinal);
    }
}
