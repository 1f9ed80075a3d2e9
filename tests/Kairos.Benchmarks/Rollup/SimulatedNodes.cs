using System.Diagnostics.Metrics;
using Kairos.Gateway;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kairos.Benchmarks;

/// <summary>Gateway nodes without their proxies: the product's meters and reporters over one grain client, and requests that are only said to be.</summary>
internal sealed class SimulatedNodes : IAsyncDisposable
{
    private readonly ServiceProvider _own = new ServiceCollection().AddMetrics().AddSingleton<ClientConnections>().BuildServiceProvider();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(RequestMeter Meter, NodeReporter Reporter)> _nodes = [];
    private readonly RollupLoad _load;
    private Task _recording = Task.CompletedTask;

    private SimulatedNodes(RollupLoad load)
    {
        _load = load;
    }

    public static async Task<SimulatedNodes> StartAsync(IGrainFactory grains, RollupLoad load)
    {
        var nodes = new SimulatedNodes(load);
        var instruments = new GatewayInstruments(nodes._own.GetRequiredService<IMeterFactory>());
        for (var node = 0; node < load.Nodes; node++)
        {
            var settings = GatewaySettings.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Kairos:Node:Id"] = RollupLoad.NodeName(node),
            }).Build());
            var meter = new RequestMeter(settings.Metering, instruments);
            var life = new NodeLife(new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), TimeProvider.System);
            var gauges = new NodeGauges(meter, new NoProxy(), nodes._own.GetRequiredService<ClientConnections>(), settings.Metering);
            var reporter = new NodeReporter(grains, settings, meter, gauges, instruments, life, TimeProvider.System, NullLogger<NodeReporter>.Instance);
            nodes._nodes.Add((meter, reporter));
            await reporter.StartAsync(CancellationToken.None);
        }

        nodes._recording = nodes.RecordAsync();
        return nodes;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _recording.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_nodes.Select(node => node.Reporter.StopAsync(CancellationToken.None)));
        _nodes.ForEach(node => node.Reporter.Dispose());
        _stop.Dispose();
        await _own.DisposeAsync();
    }

    /// <summary>One node after another, each once a second, so that they do not all change in the same report.</summary>
    private async Task RecordAsync()
    {
        var durations = new SkewedDurations(seed: 1);
        var keys = Enumerable.Range(0, _load.Routes).Select(RollupLoad.KeyOf).ToArray();
        var began = TimeProvider.System.GetTimestamp();
        for (var done = 0L; ; done++)
        {
            var wait = TimeSpan.FromSeconds((double)done / _load.Nodes) - TimeProvider.System.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System, _stop.Token);
            }

            _stop.Token.ThrowIfCancellationRequested();
            var meter = _nodes[(int)(done % _load.Nodes)].Meter;
            for (var route = 0; route < keys.Length; route++)
            {
                var series = meter.SeriesOf(keys[route].Route, keys[route].Cluster, keys[route].Destination);
                for (var left = durations.Requests(_load.RequestsOfEach); left > 0; left--)
                {
                    series.Record(200, durations.Next(route));
                }
            }
        }
    }
}
