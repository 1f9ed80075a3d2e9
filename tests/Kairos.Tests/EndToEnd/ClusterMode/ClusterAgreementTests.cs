using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Processes that would count differently from the silos that run.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class ClusterAgreementTests
{
    [Fact]
    public async Task A_silo_and_a_gateway_with_another_number_of_shards_stop_with_a_sentence()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 1, gateways: 1);
        string[] wrong = [$"--ConnectionStrings:Redis={rig.Redis.Address}", $"--Kairos:Cluster:ClusterId={rig.ClusterId}", "--Kairos:Shards:Count=8"];
        using var workspace = new Workspace();

        AssertRefused(await SiloProcess.RunToExitAsync(wrong), rig);
        AssertRefused(await GatewayProcess.RunToExitAsync(workspace, ["--Kairos:Cluster:Mode=Redis", .. wrong]), rig);
        await rig.WaitForAdvanceAsync();
    }

    private static void AssertRefused((int ExitCode, string Output) process, ClusterRig rig)
    {
        Assert.Contains(
            $"The silos of cluster '{rig.ClusterId}' run with contract 1, 16 shards, this process with contract 1, 8 shards", process.Output, StringComparison.Ordinal);
        Assert.Equal(2, process.ExitCode);
    }
}
