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
        RedisServer.Require();
        _rig = await ClusterRig.CreateAsync(await RedisServer.StartAsync());
        await Task.WhenAll(_rig.StartSiloAsync(), _rig.StartSiloAsync());
        foreach (var id in new[] { "gw-1", "gw-2" })
            await _rig.AddNode(id, Heartbeat).StartAsync();
        await Task.WhenAll(_rig.Nodes.Select(node => node.Process.WaitUntilReadyAsync()));
        await _rig.WaitForAdvanceAsync();
        _rig.ResumeTraffic();
    }

    public ValueTask DisposeAsync() => _rig?.DisposeAsync() ?? ValueTask.CompletedTask;
}
