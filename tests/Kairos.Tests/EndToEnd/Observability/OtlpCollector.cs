using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Kairos.Tests.EndToEnd.Otlp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Kairos.Tests.EndToEnd;

/// <summary>An OpenTelemetry collector that takes metrics by OTLP, over HTTP and gRPC, and keeps the newest value of each sum. Thread-safe.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<(string Service, string Instance, string Metric), long> _sums = new();
    private readonly ConcurrentDictionary<string, byte> _keys = new();

    private OtlpCollector(string protocol)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, endpoint => endpoint.Protocols = protocol == "grpc" ? HttpProtocols.Http2 : HttpProtocols.Http1));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        _app = builder.Build();
        _app.MapGrpcService<Service>();
        _app.MapPost("/v1/metrics", TakeAsync);
    }

    /// <summary>For <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>.</summary>
    public string Endpoint => _app.Urls.Single();

    /// <summary>The values that the header <c>x-key</c> had.</summary>
    public ICollection<string> Keys => _keys.Keys;

    /// <summary>Each sum over its attributes, by its service, the service's instance, and its name.</summary>
    public IReadOnlyDictionary<(string Service, string Instance, string Metric), long> Sums => _sums;

    /// <param name="protocol">As <c>OTEL_EXPORTER_OTLP_PROTOCOL</c> has it.</param>
    public static async Task<OtlpCollector> StartAsync(string protocol)
    {
        var collector = new OtlpCollector(protocol);
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        Keep(ExportMetricsServiceRequest.Parser.ParseFrom(body.ToArray()), context.Request.Headers["x-key"].ToString());
    }

    private void Keep(ExportMetricsServiceRequest request, string key)
    {
        _keys.TryAdd(key, 0);
        foreach (var resource in request.ResourceMetrics)
        {
            string Attribute(string name) => resource.Resource.Attributes.LastOrDefault(attribute => attribute.Key == name)?.Value.StringValue ?? "";
            foreach (var metric in resource.ScopeMetrics.SelectMany(scope => scope.Metrics).Where(metric => metric.Sum is not null))
                _sums[(Attribute("service.name"), Attribute("service.instance.id"), metric.Name)] = metric.Sum.DataPoints.Sum(point => point.AsInt);
        }
    }

    internal sealed class Service(OtlpCollector collector) : MetricsService.MetricsServiceBase
    {
        public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context)
        {
            collector.Keep(request, context.RequestHeaders.GetValue("x-key") ?? "");
            return Task.FromResult(new ExportMetricsServiceResponse());
        }
    }
}
