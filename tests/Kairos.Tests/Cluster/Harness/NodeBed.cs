using Kairos.Gateway;
using Kairos.Tests.Unit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kairos.Tests.Cluster;

/// <summary>A gateway node without its proxy: the product's meter and reporter.</summary>
internal sealed class NodeBed : IAsyncDisposable
{
    private readonly Measurements _measurements = new();
    private readonly NodeReporter _reporter;
    private readonly RequestMeter _meter;
    private bool _stopped;

    private NodeBed(SiloBed silo, string name, int shards)
    {
        var instruments = new GatewayInstruments(_measurements);
        var settings = GatewaySettings.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Kairos:Node:Id"] = name,
            ["Kairos:Shards:Count"] = $"{shards}",
            ["Kairos:Reporting:Period"] = "00:00:00.100",
        }).Build());
        Shard = silo.Shard(settings.Shards.ShardOf(name));
        _meter = new RequestMeter(settings.Metering, instruments);
        _reporter = new NodeReporter(silo.Client, settings, _meter, new FakeProxy().Gauges(_meter), instruments, new NodeLife(new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), TimeProvider.System), TimeProvider.System, NullLogger<NodeReporter>.Instance);
    }

    /// <summary>The shard that the node reports to.</summary>
    public IMetricsShardGrain Shard { get; }

    public long ReportsFailed => _measurements["kairos.reporting.reports/failed"];

    public long ReportsRefused => _measurements["kairos.reporting.reports/refused"];

    public static async Task<NodeBed> StartAsync(SiloBed silo, string name, int shards = SiloBed.Shards)
    {
        var node = new NodeBed(silo, name, shards);
        await node._reporter.StartAsync(CancellationToken.None);
        return node;
    }

    /// <summary>Requests of 2 ms, completed.</summary>
    public void Record(int requests, int status = 200)
    {
        for (var i = 0; i < requests; i++)
            _meter.SeriesOf("orders", "shop", "shop/1").Record(status, 0.002);
    }

    /// <summary>A request, completed.</summary>
    public void Record(SeriesKey key, double seconds) => _meter.SeriesOf(key.Route, key.Cluster, key.Destination).Record(200, seconds);

    public void Begin() => _meter.RouteOf("orders").Begin();

    /// <summary>A graceful stop: the last report is waited for.</summary>
    public async Task StopAsync()
    {
        if (!_stopped)
        {
            _stopped = true;
            await _reporter.StopAsync(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _reporter.Dispose();
        _measurements.Dispose();
    }
}
