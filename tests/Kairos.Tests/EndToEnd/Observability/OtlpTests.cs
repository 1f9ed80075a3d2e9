using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Export to a collector by OpenTelemetry's standard environment variables.</summary>
[Collection(OwnGateways.Name)]
public sealed class OtlpTests
{
    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Gateway_sends_its_own_and_the_clusters_numbers_under_the_name_it_is_given(string protocol)
    {
        await using var collector = await OtlpCollector.StartAsync(protocol);
        await using var rig = await GatewayRig.CreateAsync();
        await using var gateway = GatewayProcess.Start(
            rig.Workspace,
            FreePort.Next(),
            ["--Kairos:Node:Id=gw-7"],
            "/usr/bin/env",
            $"OTEL_EXPORTER_OTLP_ENDPOINT={collector.Endpoint}",
            $"OTEL_EXPORTER_OTLP_PROTOCOL={protocol}",
            "OTEL_EXPORTER_OTLP_HEADERS=x-key=secret",
            "OTEL_METRIC_EXPORT_INTERVAL=200",
            "OTEL_SERVICE_NAME=edge");
        await gateway.WaitUntilReadyAsync();
        for (var i = 0; i < 5; i++)
            using (await gateway.Http.GetAsync(new Uri("d/status/200", UriKind.Relative), TestContext.Current.CancellationToken))
            {
            }

        await WaitForAsync(collector, ("edge", "gw-7", "kairos.requests"), 5);
        await WaitForAsync(collector, ("edge", "gw-7", "kairos.cluster.requests"), 5);
        Assert.All(
            ["kairos.route.requests", "dotnet.process.cpu.time", "kairos.cluster.responses"],
            name => Assert.Contains(collector.Sums.Keys, sum => sum.Metric == name));
        Assert.Equal(["secret"], collector.Keys);
        Assert.Equal(0, await gateway.TerminateAsync());
    }

    [Fact]
    public async Task Silo_sends_its_numbers_by_the_variables_for_metrics_alone()
    {
        RedisServer.Require();
        await using var collector = await OtlpCollector.StartAsync("http/protobuf");
        await using var redis = await RedisServer.StartAsync();
        await using var silo = SiloProcess.Start(
            redis.Address,
            $"test-{Guid.NewGuid():N}",
            host: null,
            $"--OTEL_EXPORTER_OTLP_METRICS_ENDPOINT={collector.Endpoint}/v1/metrics",
            "--OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1",
            "--OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf",
            "--OTEL_EXPORTER_OTLP_METRICS_HEADERS=x-key=of metrics",
            "--OTEL_METRIC_EXPORT_INTERVAL=200");
        await silo.WaitUntilReadyAsync();

        var instance = $"{silo.Address}:{silo.Port}";
        await Wait.UntilAsync(
            () => collector.Sums.Keys.Any(sum => sum.Service == "kairos-silo" && sum.Instance == instance && sum.Metric.StartsWith("orleans-", StringComparison.Ordinal)),
            () => $"Orleans' sums of {instance}: {string.Join(", ", collector.Sums)}");
        Assert.Equal(["of metrics"], collector.Keys);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "nonsense")]
    public async Task Wrong_endpoint_stops_the_start_of_either_with_one_sentence(string variable, string value)
    {
        using var workspace = new Workspace();
        var sentence = $"{variable} is '{value}'; it must be an address such as";

        var ofGateway = await GatewayProcess.RunToExitAsync(workspace, $"--{variable}={value}");
        var ofSilo = await SiloProcess.RunToExitAsync($"--{variable}={value}", "--ConnectionStrings:Redis=127.0.0.1:1");

        Assert.Equal((2, 2), (ofGateway.ExitCode, ofSilo.ExitCode));
        Assert.All([ofGateway.Output, ofSilo.Output], output => Assert.StartsWith(sentence, Assert.Single(output.Split('\n')), StringComparison.Ordinal));
    }

    private static Task WaitForAsync(OtlpCollector collector, (string Service, string Instance, string Metric) sum, long expected) => Wait.UntilAsync(
        () => collector.Sums.TryGetValue(sum, out var value) && value == expected,
        () => $"{expected} for {sum}: {string.Join(", ", collector.Sums)}");
}
