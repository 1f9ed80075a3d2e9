using System.Globalization;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>deploy/docker-compose.yml on a real Docker engine, as a user runs it. deploy/test-compose.sh builds its image and runs this.</summary>
[Collection(ClusterProcesses.Name)]
public sealed class ComposeTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Python = "/usr/bin/python3";

    private readonly List<string> _problems = [];

    [Theory]
    [InlineData]
    [InlineData("--profile", "observability")]
    public async Task Compose_file_is_valid(params string[] profile)
    {
        if (!await ChildProcess.SucceedsAsync("docker", "compose", "version"))
            Assert.Skip("Compose v2 is not installed.");
        using var stack = new ComposeStack { KairosImage = "kairos:any" };

        await stack.ComposeAsync([.. profile, "config", "--quiet"]);
    }

    [Theory]
    [InlineData("haproxy")]
    [InlineData("upstream")]
    public async Task Balancer_file_is_valid(string folder)
    {
        if (!await ChildProcess.SucceedsAsync("haproxy", "-v"))
            Assert.Skip("haproxy is not installed.");

        await using var haproxy = ChildProcess.Start("haproxy", ["-c", "-f", Path.Combine(Build.Root, "deploy", folder, "haproxy.cfg")]);

        Assert.True(await haproxy.WaitForExitAsync() == 0, haproxy.Output);
    }

    [Fact]
    public async Task Cluster_starts_scales_heals_and_is_upgraded_under_load_with_exact_totals()
    {
        if (ComposeStack.Image is null)
            Assert.Skip("deploy/test-compose.sh runs this, with a Docker engine.");
        using var stack = new ComposeStack();
        await stack.ComposeAsync("down", "--volumes", "--timeout", "1");
        try
        {
            await stack.DockerAsync("tag", ComposeStack.Image, ComposeStack.NextImage);
            await StartAsync(stack);
            await using (var clients = new ComposeClients())
            {
                await AssertGuideClientAsync();
                await using var dashboard = chromium.IsInstalled ? await DashboardPage.OpenAsync(chromium, GatewayProcess.DefaultPort) : null;
                foreach (var step in ComposeSteps.All)
                    await DoAsync(step, stack, clients);
                await AssertHistoryAsync(clients);
                await AssertDashboardAsync(dashboard, clients.Shown!.Total);
                await ComposeViews.AssertAsync(stack, clients.Shown!.Total);
            }

            await AssertBackupAsync(stack);
            await AssertGracefulStopAsync(stack);
            Assert.True(_problems.Count == 0, string.Join('\n', _problems));
        }
        catch
        {
            TestLog.Write(await stack.ComposeAsync("ps", "--all"));
            await File.WriteAllTextAsync(Path.Combine(Build.Root, "artifacts", "compose.log"), await stack.ComposeAsync("logs", "--timestamps"), CancellationToken.None);
            throw;
        }
        finally
        {
            await stack.ComposeAsync("down", "--volumes");
            await stack.DockerAsync("rmi", ComposeStack.NextImage);
        }
    }

    private static async Task StartAsync(ComposeStack stack)
    {
        var start = TimeProvider.System.GetTimestamp();
        await stack.ComposeAsync("up", "--detach", "--no-build", "--wait");
        Log($"up: ready after {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s");
    }

    /// <summary>As it stands, through haproxy.</summary>
    private static async Task AssertGuideClientAsync()
    {
        await using var client = ChildProcess.Start(Python, ["-u", Path.Combine(Build.Clients, "guide_client.py")]);
        await Wait.UntilAsync(
            () => client.HasExited || client.CountLines(@"^Total: \d+, Success Rate: \d+\.\d\d%$") >= 3,
            () => $"three totals in the client's output:\n{client.Output}");
        Assert.False(client.HasExited, client.Output);
        Assert.Equal(1, client.CountLines("^Historical requests_total: [1-9]"));
        Log($"the guide's Python client through haproxy");
    }

    /// <summary>The page that was open through all of it, through haproxy and from one gateway to the next.</summary>
    private static async Task AssertDashboardAsync(DashboardPage? dashboard, long total)
    {
        if (dashboard is null)
        {
            Log($"skipped: the dashboard, since Debian's chromium is not installed");
            return;
        }

        await dashboard.ShowsAsync("requests_total", total);
        await dashboard.KeepPictureAsync("compose");
        Assert.DoesNotContain(dashboard.TakeProblems(), problem => problem.StartsWith("error: ", StringComparison.Ordinal));
        Log($"the dashboard, open since the start: {total} requests");
    }

    private async Task DoAsync(ComposeStep step, ComposeStack stack, ComposeClients clients)
    {
        clients.Resume();
        await clients.WaitForAdvanceAsync();
        var start = TimeProvider.System.GetTimestamp();
        var allowance = await step.DoAsync(stack, clients);
        var took = TimeProvider.System.GetElapsedTime(start);
        await clients.WaitForAdvanceAsync();
        var silence = clients.LongestSilenceSince(start);
        var lost = await clients.SettleAsync(allowance.Loss);

        var failures = clients.TakeFailures();
        Log($"{step.Name}: {took.TotalSeconds:0.0} s, sent {clients.Completed.Total}, shown {clients.Shown!.Total}, failed {failures.Count}, lost {lost} of {allowance.Loss} allowed, longest silence {silence.TotalSeconds:0.0} s");
        if (failures.Count > allowance.Failures)
            _problems.Add($"{step.Name}: {failures.Count} requests failed, such as {failures[^1]}");
        if (silence > step.SilenceMax)
            _problems.Add($"{step.Name}: silent for {silence.TotalSeconds} s, allowed {step.SilenceMax.TotalSeconds}");
        _problems.AddRange(clients.TakeViolations().Select(violation => $"{step.Name}: {violation}"));
    }

    /// <summary>A point for every second of the run, however much happened in it.</summary>
    private static async Task AssertHistoryAsync(ComposeClients clients)
    {
        await using var client = await MetricsClient.ConnectAsync(ComposeStack.Port);
        await client.SendAsync("""{"metrics":["requests_total"],"include_history":true}""");
        var series = await client.ReceiveAsync(e => e.Type() == "TimeSeries", "the history");
        var points = series.GetProperty("data_points").EnumerateArray().ToArray();
        var ticks = points.Select(point => point.Tick()).ToArray();
        Assert.Equal(Enumerable.Range(0, ticks.Length).Select(i => ticks[0] + i), ticks);
        Assert.Equal(clients.Shown!.Total, points[^1].GetProperty("value").GetDouble());
        Log($"history: {ticks.Length} seconds, none missing");
    }

    /// <summary>By the commands of README.md: what was backed up is there again on a new volume.</summary>
    private static async Task AssertBackupAsync(ComposeStack stack)
    {
        var before = await TotalAsync();
        await stack.ReadmeAsync("> kairos.rdb");
        await stack.ComposeAsync("down", "--volumes");
        await stack.ReadmeAsync("< kairos.rdb");
        await StartAsync(stack);
        Assert.Equal(before, await TotalAsync());
        File.Delete(stack.BackupFile);
        Log($"backup, loss of every volume, restore: total {before} again");
    }

    private static async Task AssertGracefulStopAsync(ComposeStack stack)
    {
        await stack.ComposeAsync("stop");
        foreach (var service in new[] { "gateway", "silo", "redis", "haproxy", "upstream-1", "upstream-2" })
        {
            foreach (var container in await stack.ContainersAsync(service))
                Assert.Equal("0 false", await stack.InspectAsync(container, "{{.State.ExitCode}} {{.State.OOMKilled}}"));
        }

        Log($"stop: every container ended with 0");
    }

    private static async Task<long> TotalAsync()
    {
        await using var client = await MetricsClient.ConnectAsync(ComposeStack.Port);
        return (await client.ReceiveSnapshotAsync()).Total();
    }

    private static void Log(FormattableString line) => TestLog.Write(line.ToString(CultureInfo.InvariantCulture));
}
