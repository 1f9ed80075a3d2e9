using System.Globalization;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// Fifty clients of sessions through faults of every kind. In a usual run each short one once; with KAIROS_SESSION_MINUTES all of them for so long,
/// those of the network included where hosts can be made (root and iproute2). KAIROS_SESSION_SEED repeats the order and moments of a run.
/// </summary>
[Collection(ClusterProcesses.Name)]
public sealed class SessionRunTests
{
    private const int Clients = 50;
    private static readonly TimeSpan StartAndEnd = TimeSpan.FromMinutes(6);

    [Fact]
    public async Task Sessions_get_every_second_or_a_true_word_about_it_through_every_fault()
    {
        RedisServer.Require();
        var minutes = RunSettings.Number("KAIROS_SESSION_MINUTES");
        if (minutes is null || HostNetwork.Inside is not null)
        {
            await RunAsync(minutes);
        }
        else if (await HostNetwork.TryStartAsync(hosts: 3) is { } network)
        {
            await using (network)
            {
                await network.RunTestInsideAsync(
                    $"*.{nameof(Sessions_get_every_second_or_a_true_word_about_it_through_every_fault)}", TimeSpan.FromMinutes(minutes.Value) + StartAndEnd);
            }
        }
        else
        {
            TestLog.Write("sessions: hosts as network namespaces need root and iproute2: no host is cut off");
            await RunAsync(minutes);
        }
    }

    private static async Task RunAsync(int? minutes)
    {
        var seed = RunSettings.Number("KAIROS_SESSION_SEED") ?? Random.Shared.Next(1, 1_000_000);
        TestLog.Write(string.Create(CultureInfo.InvariantCulture, $"sessions: seed {seed}, {(minutes is null ? "each short fault once" : $"{minutes} minutes")}"));
        await using var rig = await StartAsync();
        await using var fleet = new SessionFleet(rig, Clients, seed);
        var run = new SessionRun(rig, fleet, seed);

        await (minutes is null
            ? run.RunAsync(SessionFaults.Short, TimeSpan.Zero)
            : run.RunAsync(SessionFaults.All, TimeSpan.FromMinutes(minutes.Value)));
    }

    /// <summary>Three silos and three gateways; on a network, one of each on a host of its own.</summary>
    private static Task<ClusterRig> StartAsync() => HostNetwork.Inside is null
        ? ClusterRig.StartAsync(silos: 3, gateways: 3)
        : ClusterRig.StartAsync(silos: 2, gateways: 2, firstSiloOn: SessionFaults.SiloHost, lastGatewayOn: SessionFaults.GatewayHost);
}
