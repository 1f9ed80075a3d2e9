using System.Globalization;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Gateways that die, hang or stop, and return under the same node id on the same port.</summary>
internal static class GatewayFaults
{
    private const int HeldRequests = 40;
    private static readonly TimeSpan GaugesLeave = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HangTime = TimeSpan.FromSeconds(8);

    // A report period, and what a busy machine takes to answer the client and to send the report.
    private static readonly TimeSpan LossWindow = TimeSpan.FromMilliseconds(250 + 150);

    /// <summary>With requests in progress, so that a gauge is seen to leave.</summary>
    public static readonly Fault Kill = new("kill -9 of a gateway, return after its gauges have left", Fault.ShortSilence, async (rig, random) =>
    {
        var node = Draw(rig, random);
        using var held = await HeldRequestsAsync(rig, node);
        var damage = await KillAsync(node);
        await AssertGaugesLeaveAsync(rig, node);
        await node.ReturnAsync();
        return damage;
    });

    public static readonly Fault KillAndReturnAtOnce = new("kill -9 of a gateway, return at once", Fault.ShortSilence, async (rig, random) =>
    {
        var node = Draw(rig, random);
        var damage = await KillAsync(node);
        await node.ReturnAsync();
        return damage;
    });

    public static readonly Fault Stop = new("graceful stop of a gateway and return", Fault.ShortSilence, async (rig, random) =>
    {
        var node = Draw(rig, random);
        await StopAsync(rig, node);
        await node.ReturnAsync();
        return new Damage(0, node);
    });

    /// <summary>Longer than its lease: its gauges leave and come back, and nothing is counted twice or lost.</summary>
    public static readonly Fault Hang = new("SIGSTOP for 8 s of a gateway", Fault.ShortSilence, async (rig, random) =>
    {
        var node = Draw(rig, random);
        await node.Process.SignalAsync("STOP");
        await Task.Delay(HangTime, TimeProvider.System, TestContext.Current.CancellationToken);
        await node.Process.SignalAsync("CONT");
        return new Damage(0, node);
    });

    /// <summary>SIGTERM with a request in progress, which must get its whole response.</summary>
    public static async Task StopAsync(ClusterRig rig, GatewayNode node)
    {
        var before = rig.Destination.LongRequests;
        var slow = node.Load.SendAsync(new LoadPath("d/slow?ms=1500", 200));
        await Wait.UntilAsync(() => rig.Destination.LongRequests > before, () => "the slow request at its destination");
        // As a balancer that has been told: what is under way goes on, nothing more is begun.
        node.Load.Hold();
        if (await node.Process.TerminateAsync() is var exitCode and not 0)
            rig.AddProblem($"{node.Id} ended with {exitCode} on SIGTERM");
        await slow;
    }

    /// <summary>Completed requests that a gateway may not have reported when it was killed.</summary>
    public static long LossOf(GatewayNode node, long killed) => node.Load.CompletedWithin(LossWindow, killed);

    private static GatewayNode Draw(ClusterRig rig, Random random) => rig.Nodes[random.Next(rig.Nodes.Count)];

    private static async Task<Damage> KillAsync(GatewayNode node)
    {
        var killed = await node.KillAsync();
        return new Damage(LossOf(node, killed), node);
    }

    /// <summary>Requests that stay in progress on one gateway, seen at all of them.</summary>
    private static async Task<HeldConnections> HeldRequestsAsync(ClusterRig rig, GatewayNode node)
    {
        var held = await HeldConnections.OpenAsync(node.Port, HeldRequests);
        await Wait.UntilAsync(
            () => rig.Nodes.All(other => other.Watcher.Last?.Active >= HeldRequests),
            () => $"{HeldRequests} requests in progress at every gateway");
        return held;
    }

    private static async Task AssertGaugesLeaveAsync(ClusterRig rig, GatewayNode killed)
    {
        var start = TimeProvider.System.GetTimestamp();
        var others = rig.Nodes.Where(node => node != killed).ToArray();
        var lastTick = (TimeProvider.System.GetUtcNow() + GaugesLeave).ToUnixTimeSeconds() + 1;
        await Wait.UntilAsync(
            () => others.All(node => node.Watcher.AdvancesSince(start).Any(seen => seen.Active < HeldRequests)),
            () => $"the end of the gauges of {killed.Id}");
        foreach (var node in others)
        {
            var without = node.Watcher.AdvancesSince(start).First(seen => seen.Active < HeldRequests);
            if (without.Tick > lastTick && rig.BoundsTimes)
                rig.AddProblem(string.Create(CultureInfo.InvariantCulture, $"{node.Id} was without the gauges of {killed.Id} at tick {without.Tick} only, allowed was {lastTick}"));
        }
    }
}
