using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;

namespace Kairos.Silo;

/// <summary>
/// Whether metrics go to an OpenTelemetry collector: by OpenTelemetry's own environment variables and nothing else. The SDK reads them
/// itself, but passes over one that is wrong in silence; here it stops the start with a sentence.
/// </summary>
internal static class OtlpSettings
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string MetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const string MetricsProtocol = "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL";
    private const string MetricsHeaders = "OTEL_EXPORTER_OTLP_METRICS_HEADERS";
    private const string MetricsTimeout = "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT";
    private const string Grpc = "grpc";
    private const string Http = "http/protobuf";
    private const string Protocols = $"'{Grpc}' or '{Http}'";
    private const string Milliseconds = "a whole number of milliseconds, 1 or more";
    private const string Pairs = "pairs such as key1=value1,key2=value2";

    private static readonly (string Key, string Allowed, Predicate<string> IsAllowed)[] Rules =
    [
        (Endpoint, "an address such as http://localhost:4317", IsAddress),
        (MetricsEndpoint, "an address such as http://localhost:4318/v1/metrics", IsAddress),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", Protocols, IsProtocol),
        (MetricsProtocol, Protocols, IsProtocol),
        ("OTEL_EXPORTER_OTLP_HEADERS", Pairs, ArePairs),
        (MetricsHeaders, Pairs, ArePairs),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", Milliseconds, IsPositive),
        (MetricsTimeout, Milliseconds, IsPositive),
        ("OTEL_METRIC_EXPORT_INTERVAL", Milliseconds, IsPositive),
        ("OTEL_METRIC_EXPORT_TIMEOUT", Milliseconds, IsPositive),
        ("OTEL_RESOURCE_ATTRIBUTES", Pairs, ArePairs),
    ];

    /// <summary>True when an endpoint is set, by which the export is on.</summary>
    /// <exception cref="ConfigurationMistakeException">The export is on and one of its variables is wrong: one sentence for each.</exception>
    public static bool Read(IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(configuration[Endpoint]) && string.IsNullOrEmpty(configuration[MetricsEndpoint]))
        {
            return false;
        }

        var mistakes = Rules
            .Where(rule => configuration[rule.Key] is { Length: > 0 } value && !rule.IsAllowed(value))
            .Select(rule => $"{rule.Key} is '{configuration[rule.Key]}'; it must be {rule.Allowed}.")
            .ToList();
        return mistakes.Count == 0 ? true : throw new ConfigurationMistakeException(string.Join('\n', mistakes));
    }

    /// <summary>The variables for metrics alone, which take precedence over those for every signal. The SDK reads only the latter by itself.</summary>
    public static void ReadMetricsOwn(this OtlpExporterOptions exporter, IConfiguration configuration)
    {
        if (configuration[MetricsEndpoint] is { Length: > 0 } endpoint)
        {
            exporter.Endpoint = new Uri(endpoint);
        }

        if (configuration[MetricsProtocol] is { Length: > 0 } protocol)
        {
            exporter.Protocol = protocol == Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }

        if (configuration[MetricsHeaders] is { Length: > 0 } headers)
        {
            exporter.Headers = headers;
        }

        if (configuration[MetricsTimeout] is { Length: > 0 } timeout)
        {
            exporter.TimeoutMilliseconds = int.Parse(timeout, CultureInfo.InvariantCulture);
        }
    }

    private static bool IsAddress(string value) => Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri is { Scheme: "http" or "https", Host.Length: > 0 };

    private static bool IsProtocol(string value) => value is Grpc or Http;

    private static bool IsPositive(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;

    private static bool ArePairs(string value) => value.Split(',').All(pair => pair.Trim().IndexOf('=', StringComparison.Ordinal) > 0);
}
