using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>One gateway, its destination and its traffic for the tests that leave it as it was.</summary>
[CollectionDefinition(Name)]
public sealed class SharedGateway : IAsyncLifetime, ICollectionFixture<SharedGateway>
{
    public const string Name = "Shared gateway";

    private GatewayRig? _rig;

    internal int Port => _rig!.Gateway.Port;

    internal GatewayProcess Gateway => _rig!.Gateway;

    public async ValueTask InitializeAsync() => _rig = await GatewayRig.StartAsync();

    public ValueTask DisposeAsync() => _rig?.DisposeAsync() ?? ValueTask.CompletedTask;
}
