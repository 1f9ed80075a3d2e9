using Xunit;

namespace Kairos.Tests.Cluster;

[Collection(SilosInThisProcess.Name)]
public sealed class ClientSessionTests
{
    [Fact]
    public async Task Session_UpdatedAndClosed_HoldsTheSubscriptionUntilThen()
    {
        await using var silo = await SiloBed.StartAsync();
        var session = silo.Client.GetGrain<IClientSessionGrain>(Guid.NewGuid());
        Assert.Null(await session.GetAsync());

        await session.UpdateAsync(new SessionState("gw-1", 42, new Subscription(["requests_total"], 5)));
        await session.UpdateAsync(new SessionState("gw-1", 42, new Subscription(["success_rate", "requests_error"], 7)));
        var state = (await session.GetAsync())!;
        Assert.Equal(("gw-1", 42, 7), (state.Node, state.ConnectedAt, state.Subscription.IntervalSeconds));
        Assert.Equal(["success_rate", "requests_error"], state.Subscription.Metrics);

        // Another session knows nothing of it.
        Assert.Null(await silo.Client.GetGrain<IClientSessionGrain>(Guid.NewGuid()).GetAsync());
        await session.CloseAsync();
        Assert.Null(await session.GetAsync());
    }
}
