using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Faults of a session run beyond those of <see cref="GatewayFaults"/> and <see cref="SiloFaults"/>.</summary>
internal static class SessionFaults
{
    /// <summary>The host of a silo that can be cut off.</summary>
    public const int SiloHost = 2;

    /// <summary>The host of a gateway that can be cut off.</summary>
    public const int GatewayHost = 3;

    private const int DownMsMax = 5_000;
    private static readonly GrainRole[] Roles = Enum.GetValues<GrainRole>();
    private static readonly TimeSpan CutTime = TimeSpan.FromSeconds(20);

    /// <summary>The one fault for which seconds are lost: nobody counts in them.</summary>
    public static readonly Fault KillAllGateways = new("kill -9 of all gateways and return", Fault.TotalSilence, async (rig, random) =>
    {
        var killed = await Task.WhenAll(rig.Nodes.Select(async node => (Node: node, At: await node.KillAsync())));
        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(DownMsMax)), TimeProvider.System, TestContext.Current.CancellationToken);
        await Task.WhenAll(rig.Nodes.Select(node => node.ReturnAsync()));
        return new Damage(killed.Sum(one => GatewayFaults.LossOf(one.Node, one.At)), [.. rig.Nodes]);
    });

    private static readonly Fault CutSilo = new("cut of a silo's host for 20 s", Fault.HangSilence, async (rig, _) =>
    {
        var silo = rig.Silos.SingleOrDefault(IsAway) ?? await MoveAsync(rig);
        await CutAsync(SiloHost);
        // It comes back to a cluster that has declared it dead, and ends by itself.
        await rig.ForgetAsync(silo);
        await rig.StartSiloAsync(SiloHost);
        return Damage.None;
    });

    private static readonly Fault CutGateway = new("cut of a gateway's host for 20 s", Fault.ShortSilence, async (rig, _) =>
    {
        var node = rig.Nodes.Single(node => node.Stream.Host == HostNetwork.AddressOf(GatewayHost));
        // As a balancer would have it; what its requests would suffer is no matter of sessions.
        await node.Load.HoldUntilIdleAsync();
        await CutAsync(GatewayHost);
        await rig.WaitForAdvanceAsync();
        return new Damage(0, node);
    });

    /// <summary>Those of a usual run, once each.</summary>
    public static IReadOnlyList<Fault> Short(Random random) =>
    [
        GatewayFaults.KillAndReturnAtOnce, GatewayFaults.Stop, GatewayFaults.Hang, SiloFaults.Kill(Draw(random)), SiloFaults.Stop(Draw(random)),
        SiloFaults.KillAll, KillAllGateways,
    ];

    /// <summary>And those for which there are hosts.</summary>
    public static IReadOnlyList<Fault> All(Random random) => HostNetwork.Inside is null ? Short(random) : [.. Short(random), CutSilo, CutGateway];

    private static GrainRole Draw(Random random) => Roles[random.Next(Roles.Length)];

    private static bool IsAway(SiloProcess silo) => silo.Address == HostNetwork.AddressOf(SiloHost);

    /// <summary>Has a silo on the other host again, after faults that left none there.</summary>
    private static async Task<SiloProcess> MoveAsync(ClusterRig rig)
    {
        await rig.StopAsync(rig.Silos[0]);
        var silo = await rig.StartSiloAsync(SiloHost);
        await rig.WaitForAdvanceAsync();
        return silo;
    }

    private static async Task CutAsync(int host)
    {
        await HostNetwork.Inside!.CutAsync(host);
        await Task.Delay(CutTime, TimeProvider.System, TestContext.Current.CancellationToken);
        await HostNetwork.Inside.HealAsync(host);
    }
}
