using System.Globalization;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// Every fault against one cluster under load. In a usual run once each, without those that take long by nature; with
/// KAIROS_FAULT_ROUNDS so many rounds of all of them, and with bounds on times. KAIROS_FAULT_SEED repeats the order and moments of a run.
/// </summary>
[Collection(ClusterProcesses.Name)]
public sealed class FaultRunTests
{
    private static readonly Fault[] Short =
    [
        SiloFaults.Kill(GrainRole.TimeSeries), SiloFaults.Kill(GrainRole.Queue), SiloFaults.Kill(GrainRole.PubSub),
        SiloFaults.Kill(GrainRole.MostShards), SiloFaults.Kill(GrainRole.None), SiloFaults.KillAll,
        SiloFaults.Stop(GrainRole.TimeSeries),
        GatewayFaults.Kill, GatewayFaults.KillAndReturnAtOnce, GatewayFaults.Stop, GatewayFaults.Hang,
        RedisFaults.Kill,
    ];

    private static readonly Fault[] Long =
    [
        .. Short,
        SiloFaults.Hang(GrainRole.TimeSeries), SiloFaults.Hang(GrainRole.Queue), SiloFaults.Hang(GrainRole.PubSub),
        SiloFaults.Hang(GrainRole.MostShards), SiloFaults.Hang(GrainRole.None), SiloFaults.Stop(GrainRole.Queue),
        SiloFaults.Stop(GrainRole.None), RedisFaults.Pause, RedisFaults.Stop, RedisFaults.PauseAndSiloKill,
    ];

    [Fact]
    public async Task Totals_stay_exact_and_the_stream_goes_on_through_every_fault()
    {
        var rounds = RunSettings.Number("KAIROS_FAULT_ROUNDS");
        var seed = RunSettings.Number("KAIROS_FAULT_SEED") ?? Random.Shared.Next(1, 1_000_000);
        TestLog.Write(string.Create(CultureInfo.InvariantCulture, $"faults: seed {seed}, {rounds ?? 1} rounds"));
        await using var rig = await ClusterRig.StartAsync(silos: 3, gateways: 3);
        rig.BoundsTimes = rounds is not null;
        var run = new FaultRun(rig, seed);

        for (var round = 1; round <= (rounds ?? 1); round++)
            await run.RunAsync(rounds is null ? Short : Long);
    }

    [Fact]
    public async Task Totals_stay_exact_and_the_stream_goes_on_while_a_silo_hangs_and_Redis_stands_still()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 3, gateways: 2);
        var run = new FaultRun(rig, RunSettings.Number("KAIROS_FAULT_SEED") ?? Random.Shared.Next(1, 1_000_000));

        await run.RunAsync([SiloFaults.Hang(GrainRole.TimeSeries), RedisFaults.Pause, RedisFaults.PauseAndSiloKill]);
    }
}
