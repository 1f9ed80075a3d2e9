using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>A cluster of two silos and two gateways for the tests of <see cref="ClusterSessionTests"/>, with heartbeats each second.</summary>
public sealed class SessionCluster : IAsyncLifetime
{
    private const string Heartbeat = "--Kairos:MetricsStream:HeartbeatPeriod=00:00:01";

    private ClusterRig? _rig;

    internal ClusterRig Rig => _rig!;

    internal GatewayNode One => _rig!.Nodes[0];

    internal GatewayNode Other => _rig!.Nodes[1];

    public async ValueTask InitializeAsync()
    {
        _rig = await ClusterRig.StartAsync(silos: 2, gateways: 2, gatewayArguments: Heartbeat);
        _rig.ResumeTraffic();
    }

    public ValueTask DisposeAsync() => _rig?.DisposeAsync() ?? ValueTask.CompletedTask;
}
