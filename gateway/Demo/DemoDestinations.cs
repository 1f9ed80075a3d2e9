using Yarp.ReverseProxy.Configuration;

namespace Kairos.Gateway;

/// <summary>Two sample destinations on free loopback ports, and the routes to them. Some requests are slow and some fail.</summary>
internal sealed class DemoDestinations : IAsyncDisposable
{
    public const int RouteCount = 3;

    private readonly List<WebApplication> _destinations = [];

    /// <summary>Routes <c>/demo/orders</c> (both destinations), <c>/demo/reports</c> (slow) and <c>/demo/payments</c> (fails at times).</summary>
    public IReadOnlyList<RouteConfig> Routes { get; } =
    [
        Route("orders", "demo-orders"),
        Route("reports", "demo-reports"),
        Route("payments", "demo-payments"),
    ];

    public IReadOnlyList<ClusterConfig> Clusters { get; private set; } = [];

    public static async Task<DemoDestinations> StartAsync()
    {
        var demo = new DemoDestinations();
        var first = await demo.StartOneAsync();
        var second = await demo.StartOneAsync();
        demo.Clusters =
        [
            Cluster("demo-orders", first, second),
            Cluster("demo-reports", second),
            Cluster("demo-payments", first),
        ];
        return demo;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var destination in _destinations)
        {
            await destination.DisposeAsync();
        }
    }

    private static RouteConfig Route(string name, string cluster) =>
        new() { RouteId = $"demo-{name}", ClusterId = cluster, Match = new RouteMatch { Path = $"/demo/{name}/{{**rest}}" } };

    private static ClusterConfig Cluster(string name, params string[] addresses) => new()
    {
        ClusterId = name,
        LoadBalancingPolicy = "RoundRobin",
        Destinations = addresses.Select((address, i) => (Name: $"d{i + 1}", Address: address))
            .ToDictionary(d => d.Name, d => new DestinationConfig { Address = d.Address }),
    };

    private async Task<string> StartOneAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var destination = builder.Build();
        destination.MapGet("/demo/orders/{**rest}", () => Results.Json(new { order = Random.Shared.Next(1, 100_000), state = "shipped" }));
        destination.MapGet("/demo/payments/{**rest}", () => Random.Shared.Next(10) switch
        {
            0 => Results.StatusCode(StatusCodes.Status500InternalServerError),
            1 => Results.StatusCode(StatusCodes.Status402PaymentRequired),
            _ => Results.Json(new { paid = true }),
        });
        destination.MapGet("/demo/reports/{**rest}", async (CancellationToken cancellationToken) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(100, 1_200)), TimeProvider.System, cancellationToken);
            return Results.Json(new { rows = Random.Shared.Next(10, 1_000) });
        });
        _destinations.Add(destination);
        await destination.StartAsync();
        return destination.Urls.First();
    }
}
