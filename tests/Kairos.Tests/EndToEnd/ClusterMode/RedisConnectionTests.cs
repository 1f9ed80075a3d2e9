using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(ClusterProcesses.Name)]
public sealed class RedisConnectionTests
{
    private const int MistakeExitCode = 2;
    private const string WrongPassword = "not-the-pass-word";

    [Fact]
    public async Task Wrong_password_stops_silo_and_gateway_with_one_sentence_that_does_not_show_it()
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "the-pass-word");

        await AssertRefusedAsync($"{redis.Address},password={WrongPassword}", redis.Address);
    }

    [Fact]
    public async Task Missing_password_stops_silo_and_gateway_with_one_sentence()
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "the-pass-word");

        await AssertRefusedAsync(redis.Address, redis.Address);
    }

    [Theory]
    [InlineData($"127.0.0.1:6379,nonsense=1,password={WrongPassword}")]
    [InlineData($"127.0.0.1:6379,ssl=perhaps,password={WrongPassword}")]
    [InlineData("")]
    public async Task Malformed_connection_string_stops_silo_and_gateway_with_one_sentence(string connectionString) =>
        await AssertRefusedAsync(connectionString, "ConnectionStrings:Redis");

    private static async Task AssertRefusedAsync(string connectionString, string about)
    {
        RedisServer.Require();
        using var workspace = new Workspace();
        string[] arguments = [$"--ConnectionStrings:Redis={connectionString}", "--Kairos:Cluster:ClusterId=refused"];

        AssertOneSentence(await SiloProcess.RunToExitAsync(arguments), about);
        AssertOneSentence(
            await GatewayProcess.RunToExitAsync(workspace, ["--Kairos:Cluster:Mode=Redis", .. arguments]), about);
    }

    private static void AssertOneSentence((int ExitCode, string Output) run, string about)
    {
        Assert.True(run.ExitCode == MistakeExitCode, $"exit code {run.ExitCode}:\n{run.Output}");
        var lines = run.Output.Split('\n');
        Assert.True(lines.Count(line => line.Contains(about, StringComparison.Ordinal)) == 1, $"not one line about {about}:\n{run.Output}");
        Assert.DoesNotContain(lines, line => line.StartsWith("   at ", StringComparison.Ordinal));
        Assert.DoesNotContain("Unhandled exception", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(WrongPassword, run.Output, StringComparison.Ordinal);
    }
}
