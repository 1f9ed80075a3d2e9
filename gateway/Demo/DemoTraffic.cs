using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Kairos.Gateway;

/// <summary>Light traffic through this gateway to the sample destinations: about thirty requests a second from a few clients.</summary>
internal sealed class DemoTraffic(
    IServer server, IHostApplicationLifetime lifetime, TimeProvider timeProvider, ILogger<DemoTraffic> logger) : BackgroundService
{
    private static readonly string[] Paths =
        ["/demo/orders", "/demo/orders", "/demo/orders", "/demo/payments", "/demo/payments", "/demo/reports", "/demo/nowhere"];

    private const int Clients = 4;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);

        var addresses = server.Features.Get<IServerAddressesFeature>()!.Addresses;
        var address = (addresses.FirstOrDefault(a => a.StartsWith("http:", StringComparison.Ordinal)) ?? addresses.First())
            .Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
        logger.DemoRuns(DemoDestinations.RouteCount, address);

        // It calls this very process: whatever certificate that has is the right one.
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var http = new HttpClient(handler) { BaseAddress = new Uri(address) };

        // Ends when the gateway begins to stop, not when it has: its own traffic must not hold up the drain.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => SendAsync(http, stopping.Token)));
    }

    private async Task SendAsync(HttpClient http, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var response = await http.GetAsync(Paths[Random.Shared.Next(Paths.Length)], stoppingToken);
            }
            catch (Exception e) when (e is HttpRequestException or SocketException)
            {
                logger.DemoRequestFailed(e.Message);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(50, 150)), timeProvider, stoppingToken);
        }
    }
}
