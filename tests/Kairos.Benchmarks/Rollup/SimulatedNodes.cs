using System.Diagnostics.Metrics;
using Kairos.Gateway;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kairos.Benchmarks;

/// <summary>Gateway nodes without their proxies: the product's meters and reporters, and requests that are only said to be.</summary>
internal sealed class SimulatedNodes : IAsyncDisposable
{
    private readonly ServiceProvider _own = new ServiceCollection().AddMetrics().AddSingleton<ClientConnections>().BuildServiceProvider();
    private readonly CancellationTokenSource _stop = new();
    private readonly RollupLoad _load;
    private readonly Task _recording;
    private volatile (RequestMeter Meter, NodeReporter Reporter)[] _nodes = [];

    public SimulatedNodes(RollupLoad load)
    {
        _load = load;
        var meters = _own.GetRequiredService<IMeterFactory>();
        Trouble = new NodeTrouble(meters);
        Instruments = new GatewayInstruments(meters);
        _recording = RecordAsync();
    }

    /// <summary>Shared by all of them.</summary>
    public GatewayInstruments Instruments { get; }

    /// <summary>What those count.</summary>
    public NodeTrouble Trouble { get; }

    public int Count => _nodes.Length;

    /// <summary>One more node, over that client.</summary>
    public Task AddAsync(IGrainFactory grains)
    {
        var settings = GatewaySettings.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Kairos:Node:Id"] = RollupLoad.NodeName(_nodes.Length),
        }).Build());
        var meter = new RequestMeter(settings.Metering, Instruments);
        var life = new NodeLife(new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), TimeProvider.System);
        var gauges = new NodeGauges(meter, new NoProxy(), _own.GetRequiredService<ClientConnections>(), settings.Metering);
        var reporter = new NodeReporter(grains, settings, meter, gauges, Instruments, life, TimeProvider.System, NullLogger<NodeReporter>.Instance);
        _nodes = [.. _nodes, (meter, reporter)];
        return reporter.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _recording.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_nodes.Select(node => node.Reporter.StopAsync(CancellationToken.None)));
        Array.ForEach(_nodes, node => node.Reporter.Dispose());
        _stop.Dispose();
        Trouble.Dispose();
        await _own.DisposeAsync();
    }

    /// <summary>One node after another, each once a second, so that they do not all change in the same report.</summary>
    private async Task RecordAsync()
    {
        var durations = new SkewedDurations(seed: 1);
        var keys = Enumerable.Range(0, _load.Routes).Select(RollupLoad.KeyOf).ToArray();
        for (var second = TimeProvider.System.GetTimestamp(); ; second += TimeProvider.System.TimestampFrequency)
        {
            var nodes = _nodes;
            for (var i = 0; i < Math.Max(nodes.Length, 1); i++)
            {
                var wait = TimeSpan.FromSeconds((double)i / Math.Max(nodes.Length, 1)) - TimeProvider.System.GetElapsedTime(second);
                if (wait > TimeSpan.Zero)
                {
                    await Task.Delay(wait, TimeProvider.System, _stop.Token);
                }

                _stop.Token.ThrowIfCancellationRequested();
                if (i < nodes.Length)
                {
                    Record(nodes[i].Meter, keys, durations);
                }
            }
        }
    }

    private void Record(RequestMeter meter, SeriesKey[] keys, SkewedDurations durations)
    {
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
