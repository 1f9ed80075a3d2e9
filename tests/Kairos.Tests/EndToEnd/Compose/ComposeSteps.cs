using System.Globalization;
using System.Net;
using Kairos.Silo;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>The steps of deploy/README.md and the accidents that its cluster must survive, in the order in which they are done.</summary>
internal static class ComposeSteps
{
    private static readonly TimeSpan CutTime = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Three seconds from its end (E6), and up to one more since the frame before it: a container that is gone refuses no connection, as a
    /// process that is gone does, so that each probe of it takes its whole time. Measured in docs/decisions/0005.
    /// </summary>
    private static readonly TimeSpan SiloGoneSilence = Fault.ShortSilence + TimeSpan.FromSeconds(1);

    // A report period and its way, where a whole host's processes share the machine's cores.
    private static readonly TimeSpan LossWindow = TimeSpan.FromMilliseconds(250 + 500);

    public static readonly ComposeStep[] All =
    [
        new("traffic", Fault.ShortSilence, (_, _) => Task.FromResult(Allowance.Nothing)),
        new("scale to 5 gateways", Fault.ShortSilence, (stack, _) => ScaleAsync(stack, 5)),
        new("scale to 2 gateways", Fault.ShortSilence, (stack, _) => ScaleAsync(stack, 2)),
        new("scale to 3 gateways", Fault.ShortSilence, (stack, _) => ScaleAsync(stack, ComposeStack.Gateways)),
        new("docker kill of a silo, up", SiloGoneSilence, KillSiloAsync),
        new("docker kill of a gateway, up", Fault.ShortSilence, KillGatewayAsync),
        // The other silo was killed last: this one holds every grain.
        new("network cut of the silo with the roll-up", Fault.HangSilence, CutSiloAsync),
        new("restart of Redis", Fault.ShortSilence, RestartRedisAsync),
        new("rolling upgrade of the gateways", Fault.ShortSilence, (stack, _) => UpgradeAsync(stack, "gateway", ComposeStack.Gateways)),
        new("rolling upgrade of the silos", Fault.ShortSilence, (stack, _) => UpgradeAsync(stack, "silo", 2)),
        new("upgrade to a silo that is refused", Fault.ShortSilence, RefusedUpgradeAsync),
        new("change of the routes", Fault.ShortSilence, ChangeRoutesAsync),
        new("reload of haproxy", Fault.ShortSilence, ReloadBalancerAsync),
        new("upgrade of Redis", Fault.ShortSilence, (stack, _) => RecreateAsync(stack, "redis", Allowance.Nothing)),
        new("upgrade of an upstream", Fault.ShortSilence, (stack, _) => RecreateAsync(stack, "upstream-1", Allowance.Outage with { Loss = 0 })),
        new("upgrade of haproxy", Fault.TotalSilence, (stack, _) => RecreateAsync(stack, "haproxy", Allowance.Outage)),
    ];

    private static async Task<Allowance> ScaleAsync(ComposeStack stack, int gateways)
    {
        await stack.ComposeAsync("up", "--detach", "--no-build", "--wait", "--scale", string.Create(CultureInfo.InvariantCulture, $"gateway={gateways}"));
        await stack.WaitUntilHealthyAsync("gateway", gateways);
        return Allowance.Nothing;
    }

    private static async Task<Allowance> KillSiloAsync(ComposeStack stack, ComposeClients clients)
    {
        var silos = await stack.ContainersAsync("silo");
        await stack.DockerAsync("kill", "--signal", "KILL", silos[0]);
        await clients.WaitForAdvanceAsync();
        await HealAsync(stack, "silo", silos.Length);
        return Allowance.Nothing;
    }

    private static async Task<Allowance> KillGatewayAsync(ComposeStack stack, ComposeClients clients)
    {
        var gateways = await stack.ContainersAsync("gateway");
        await stack.DockerAsync("kill", "--signal", "KILL", gateways[^1]);
        var completed = clients.CompletedWithin(LossWindow, TimeProvider.System.GetTimestamp());
        await clients.WaitForAdvanceAsync();
        await HealAsync(stack, "gateway", gateways.Length);
        return Allowance.InFlight with { Loss = ComposeClients.InFlightMax + completed };
    }

    /// <summary>As a user puts right what is not there: by the command that started it.</summary>
    private static async Task HealAsync(ComposeStack stack, string service, int count)
    {
        await stack.ComposeAsync("up", "--detach", "--no-build", "--wait");
        await stack.WaitUntilHealthyAsync(service, count);
    }

    /// <summary>When it is back on the network it finds itself declared dead, ends, and is started again by Docker.</summary>
    private static async Task<Allowance> CutSiloAsync(ComposeStack stack, ComposeClients clients)
    {
        var silo = (await stack.ContainersAsync("silo"))[^1];
        await stack.SetNetworkAsync(silo, connected: false);
        // As long as the others take to find out, and more.
        await Task.Delay(CutTime, TimeProvider.System, TestContext.Current.CancellationToken);
        await clients.WaitForAdvanceAsync();
        await stack.SetNetworkAsync(silo, connected: true);
        await Wait.UntilAsync(
            async () => await stack.InspectAsync(silo, "{{.RestartCount}} {{.State.Health.Status}}") == "1 healthy",
            () => "the silo that was cut off to be started again by Docker");
        return Allowance.Nothing;
    }

    private static async Task<Allowance> RestartRedisAsync(ComposeStack stack, ComposeClients clients)
    {
        await stack.ComposeAsync("restart", "redis");
        await stack.WaitUntilHealthyAsync("redis", 1);
        return Allowance.Nothing;
    }

    private static async Task<Allowance> UpgradeAsync(ComposeStack stack, string service, int count)
    {
        var before = await stack.ContainersAsync(service);
        stack.KairosImage = ComposeStack.NextImage;
        await stack.ScriptAsync("rolling-upgrade.sh", service);
        await stack.WaitUntilHealthyAsync(service, count);

        var after = await stack.ContainersAsync(service);
        Assert.Empty(before.Intersect(after));
        foreach (var container in after)
            Assert.Equal(ComposeStack.NextImage, await stack.InspectAsync(container, "{{.Config.Image}}"));
        return Allowance.Nothing;
    }

    /// <summary>The script stops, says what the new one said, and leaves the cluster as it was.</summary>
    private static async Task<Allowance> RefusedUpgradeAsync(ComposeStack stack, ComposeClients clients)
    {
        var before = await stack.ContainersAsync("silo");
        var printed = await stack.FailingScriptAsync("SHARDS=8", "rolling-upgrade.sh", "silo");
        Assert.Contains("The upgrade stops here, the old ones run on", printed, StringComparison.Ordinal);
        Assert.Contains($"16 shards, this process with contract {ClusterAgreement.ContractVersion}, 8 shards", printed, StringComparison.Ordinal);
        Assert.Equal(before, await stack.ContainersAsync("silo"));
        await stack.WaitUntilHealthyAsync("silo", before.Length);
        return Allowance.Nothing;
    }

    private static async Task<Allowance> ChangeRoutesAsync(ComposeStack stack, ComposeClients clients)
    {
        stack.AddRoute("orders-2", "/other-orders/{**rest}");
        // As often as there are gateways, and again: the balancer asks another one each time.
        for (var answered = 0; answered < 2 * ComposeStack.Gateways; answered++)
            await Wait.UntilAsync(async () => await clients.SendAsync("other-orders/1") == HttpStatusCode.OK, () => "the new route");
        return Allowance.Nothing;
    }

    private static async Task<Allowance> ReloadBalancerAsync(ComposeStack stack, ComposeClients clients)
    {
        await stack.ComposeAsync("kill", "--signal", "HUP", "haproxy");
        await clients.WaitForAdvanceAsync();
        await stack.WaitUntilHealthyAsync("haproxy", 1);
        return Allowance.Nothing;
    }

    private static async Task<Allowance> RecreateAsync(ComposeStack stack, string service, Allowance allowance)
    {
        var before = await stack.ContainersAsync(service);
        await stack.ComposeAsync("up", "--detach", "--no-build", "--no-deps", "--force-recreate", "--wait", service);
        Assert.Empty(before.Intersect(await stack.ContainersAsync(service)));
        return allowance;
    }
}
