using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(ClusterProcesses.Name)]
public sealed class GatewayStopTests
{
    private const int Held = 3;

    [Fact]
    public async Task Sigterm_with_requests_that_never_end_cuts_them_off_counts_them_and_ends_well()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 1, gateways: 1);
        var stopped = rig.AddNode("gw-stopped", "--Kairos:MetricsStream:DrainPeriod=00:00:01", "--Kairos:MetricsStream:DrainTimeout=00:00:01");
        await stopped.StartAsync();
        await stopped.Process.WaitUntilReadyAsync();
        using var held = await HeldConnections.OpenAsync(stopped.Port, Held);

        // Cut off is counted as an error, as the client saw it.
        rig.AddInvented(new Tally(Held, 0, Held));
        var exitCode = await stopped.Process.TerminateAsync();

        Assert.True(exitCode == 0, $"exit code {exitCode}. Its output:\n{stopped.Process.Output}");
        Assert.DoesNotContain("before the start", stopped.Process.Output, StringComparison.Ordinal);
        await new Settlement(rig).SettleAsync();
        Assert.Empty(rig.Nodes.SelectMany(node => node.Watcher.TakeViolations()));
    }
}
