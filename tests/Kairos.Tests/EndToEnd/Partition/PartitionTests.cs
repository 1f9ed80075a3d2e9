using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>A silo on a host of its own is cut off the network: it runs on, and neither it nor the others are told.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class PartitionTests
{
    private const int OtherHost = 2;
    private static readonly TimeSpan CutTime = TimeSpan.FromSeconds(20);

    // It comes back to a cluster that has declared it dead, and must end by itself.
    private static readonly Fault Cut = new("cut of the host with TimeSeries for 20 s", Fault.HangSilence, async (rig, _) =>
    {
        var silo = await MoveRollupAsync(rig);
        await HostNetwork.Inside!.CutAsync(OtherHost);
        await Task.Delay(CutTime, TimeProvider.System, TestContext.Current.CancellationToken);
        await HostNetwork.Inside.HealAsync(OtherHost);
        await rig.ForgetAsync(silo);
        await rig.StartSiloAsync();
        return Damage.None;
    });

    /// <summary>Has the roll-up on the other host, by stopping whichever silo on this one holds it.</summary>
    private static async Task<SiloProcess> MoveRollupAsync(ClusterRig rig)
    {
        for (var tries = 0; tries < 10; tries++)
        {
            var holder = await GrainPlaces.HolderOfAsync(rig, GrainRole.TimeSeries);
            if (holder.Address == HostNetwork.AddressOf(OtherHost))
                return holder;
            await rig.StopAsync(holder);
            await rig.WaitForAdvanceAsync();
            await rig.StartSiloAsync();
        }

        throw new InvalidOperationException("the roll-up never went to the other host");
    }

    [Fact]
    public async Task Totals_stay_exact_and_the_stream_goes_on_while_the_silo_of_the_roll_up_is_cut_off()
    {
        RedisServer.Require();
        if (HostNetwork.Inside is null)
        {
            await using var network = await HostNetwork.StartAsync(hosts: 2);
            await network.RunTestInsideAsync($"*.{nameof(Totals_stay_exact_and_the_stream_goes_on_while_the_silo_of_the_roll_up_is_cut_off)}");
            return;
        }

        // The first silo gets the roll-up as a rule; it is the one on the other host.
        await using var rig = await ClusterRig.StartAsync(silos: 0, gateways: 2, firstSiloOn: OtherHost);
        await Task.WhenAll(rig.StartSiloAsync(), rig.StartSiloAsync());
        await new FaultRun(rig, Random.Shared.Next(1, 1_000_000)).RunAsync([Cut]);
    }
}
