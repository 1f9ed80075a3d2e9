using Kairos.Silo;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class OtlpSettingsTests
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    [Theory]
    [InlineData(false, "OTEL_SERVICE_NAME", "x")]
    [InlineData(false, Endpoint, "")]
    // Of no concern to a process that exports nothing.
    [InlineData(false, "OTEL_EXPORTER_OTLP_PROTOCOL", "carrier pigeon")]
    [InlineData(true, Endpoint, "http://collector:4317")]
    [InlineData(true, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://collector/v1/metrics")]
    public void Read_AVariable_IsOnOnceThereIsAnEndpoint(bool isOn, string key, string value) => Assert.Equal(isOn, OtlpSettings.Read(Configuration((key, value))));

    [Theory]
    [InlineData(Endpoint, "collector:4317", "an address such as http://localhost:4317")]
    [InlineData(Endpoint, "http://", "an address such as http://localhost:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "/v1/metrics", "an address such as http://localhost:4318/v1/metrics")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "'grpc' or 'http/protobuf'")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "udp", "'grpc' or 'http/protobuf'")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "secret", "pairs such as key1=value1,key2=value2")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "a whole number of milliseconds, 1 or more")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "0", "a whole number of milliseconds, 1 or more")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES", "=prod", "pairs such as key1=value1,key2=value2")]
    public void Read_AMistake_StopsWithItsSentence(string key, string value, string allowed)
    {
        var configuration = Configuration((Endpoint, "http://collector:4317"), (key, value));
        Assert.Equal($"{key} is '{value}'; it must be {allowed}.", Assert.Throws<ConfigurationMistakeException>(() => OtlpSettings.Read(configuration)).Message);
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
        foreach (var (key, value) in settings)
            configuration[key] = value;
        return configuration;
    }
}
