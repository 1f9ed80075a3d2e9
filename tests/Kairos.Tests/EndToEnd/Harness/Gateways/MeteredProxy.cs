using System.Net;
using System.Text.Json;
using Kairos.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// The gateway's proxy and metering in the test's own process, without silo or stream: what it counts is read from the meter itself.
/// </summary>
internal sealed class MeteredProxy : IAsyncDisposable
{
    /// <summary>Leads to no route, and is answered when the test says so.</summary>
    public const string HeldPath = "held";

    private readonly WebApplication _app;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MeteredProxy(object settings, HttpProtocols protocols)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Configuration.AddJsonStream(new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(settings)));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = protocols);
        });
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<GatewayInstruments>();
        builder.Services.AddSingleton<ClientConnections>();
        builder.Services.AddSingleton<NodeGauges>();
        builder.AddMetering(GatewaySettings.Read(builder.Configuration));
        builder.AddProxy();
        _app = builder.Build();
        _app.UseRouting();
        _app.UseMiddleware<MeteringMiddleware>();
        _app.MapProxy();
        _app.MapGet(HeldPath, HoldAsync);
        Gauges = _app.Services.GetRequiredService<NodeGauges>();
    }

    public NodeGauges Gauges { get; }

    public HttpClient Http { get; private set; } = null!;

    public Uri Address => Http.BaseAddress!;

    private RequestMeter Meter => _app.Services.GetRequiredService<RequestMeter>();

    public static async Task<MeteredProxy> StartAsync(object settings, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var proxy = new MeteredProxy(settings, protocols);
        await proxy._app.StartAsync();
        proxy.Http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(proxy._app.Urls.Single()) };
        if (protocols == HttpProtocols.Http2)
        {
            proxy.Http.DefaultRequestVersion = HttpVersion.Version20;
            proxy.Http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        return proxy;
    }

    /// <summary>What was counted of a route to its destination, once so many requests are completed.</summary>
    public async Task<RequestCounters> CompletedAsync(int requests, string route = "d")
    {
        await Wait.UntilAsync(() => Counted(route).Requests >= requests, () => $"{requests} requests of {route}: {Counted(route)}");
        return Counted(route);
    }

    /// <summary>What was counted of a route, once something holds of it.</summary>
    public async Task<RequestCounters> CountedAsync(Func<RequestCounters, bool> holds, string route = "d")
    {
        await Wait.UntilAsync(() => holds(Counted(route)), () => $"{route}: {Counted(route)}");
        return Counted(route);
    }

    /// <summary>Waits until something holds of the gauges.</summary>
    public Task GaugesAsync(Func<Gauges, bool> hold) => Wait.UntilAsync(() => hold(Gauges.Read()), () => $"{Gauges.Read()}");

    /// <summary>Answers what was held, with 404.</summary>
    public void Release() => _released.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task<IResult> HoldAsync(CancellationToken cancellationToken)
    {
        await _released.Task.WaitAsync(cancellationToken);
        return Results.NotFound();
    }

    private RequestCounters Counted(string route) => Meter.All()
        .Where(series => series.Key.Route == route)
        .Aggregate(default(RequestCounters), (sum, series) => sum + series.Counters(series.TimedRequests));
}
