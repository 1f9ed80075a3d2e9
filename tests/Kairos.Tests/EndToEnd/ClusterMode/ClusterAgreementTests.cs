using Kairos.Silo;
using StackExchange.Redis;
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
        await AssertRefusedAsync(
            rig.Redis,
            rig.ClusterId,
            $"The silos of cluster '{rig.ClusterId}' run with contract {ClusterAgreement.ContractVersion}, 16 shards, this process with contract {ClusterAgreement.ContractVersion}, 8 shards",
            "--Kairos:Shards:Count=8");
        await rig.WaitForAdvanceAsync();
    }

    [Fact]
    public async Task A_silo_and_a_gateway_of_another_contract_version_stop_with_a_sentence()
    {
        await using var redis = await RedisServer.StartAsync();
        // As silos of a later version leave it.
        await using (var connection = await ConnectionMultiplexer.ConnectAsync(redis.Address))
            await connection.GetDatabase().StringSetAsync("later/agreement", "contract 99, 16 shards");

        await AssertRefusedAsync(
            redis, "later", $"The silos of cluster 'later' run with contract 99, 16 shards, this process with contract {ClusterAgreement.ContractVersion}, 16 shards: give all the same version");
    }

    private static async Task AssertRefusedAsync(RedisServer redis, string clusterId, string sentence, params string[] arguments)
    {
        string[] all = [$"--ConnectionStrings:Redis={redis.Address}", $"--Kairos:Cluster:ClusterId={clusterId}", .. arguments];
        using var workspace = new Workspace();
        AssertRefused(await SiloProcess.RunToExitAsync(all), sentence);
        AssertRefused(await GatewayProcess.RunToExitAsync(workspace, ["--Kairos:Cluster:Mode=Redis", .. all]), sentence);
    }

    private static void AssertRefused((int ExitCode, string Output) process, string sentence)
    {
        Assert.Contains(sentence, process.Output, StringComparison.Ordinal);
        Assert.Equal(2, process.ExitCode);
    }
}
