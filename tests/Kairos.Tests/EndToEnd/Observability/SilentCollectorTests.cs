using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>A collector that takes connections and never answers.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class SilentCollectorTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Collector_that_hangs_does_not_hold_up_a_stop()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var rig = await GatewayRig.StartAsync($"--OTEL_EXPORTER_OTLP_ENDPOINT=http://{silent.LocalEndpoint}", "--OTEL_METRIC_EXPORT_INTERVAL=200");
        using var export = await silent.AcceptTcpClientAsync(Cancelled).AsTask().WaitAsync(Wait.Limit, TimeProvider.System, Cancelled);
        await export.GetStream().ReadExactlyAsync(new byte[1], Cancelled).AsTask().WaitAsync(Wait.Limit, TimeProvider.System, Cancelled);

        var asked = TimeProvider.System.GetTimestamp();
        Assert.Equal(0, await rig.Gateway.TerminateAsync());
        Assert.InRange(TimeProvider.System.GetElapsedTime(asked), TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }
}
