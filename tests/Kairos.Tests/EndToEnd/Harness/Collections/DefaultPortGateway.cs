using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>A gateway with demo traffic on the port that the guide's clients expect: one at a time on a machine.</summary>
[CollectionDefinition(Name)]
public sealed class DefaultPortGateway : IAsyncLifetime, ICollectionFixture<DefaultPortGateway>
{
    public const string Name = "Port 5900";

    private GatewayRig? _rig;

    public async ValueTask InitializeAsync()
    {
        _rig = await GatewayRig.StartOnDefaultPortAsync("--demo");
        // Numbers and a history worth a look, as an operator's gateway has them.
        await using var client = await MetricsClient.ConnectAsync(GatewayProcess.DefaultPort);
        await client.ReceiveAsync(e => e.Total() > 0, "demo traffic");
    }

    public ValueTask DisposeAsync() => _rig?.DisposeAsync() ?? ValueTask.CompletedTask;
}
