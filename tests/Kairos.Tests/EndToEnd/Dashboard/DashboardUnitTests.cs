using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>The unit tests of the dashboard's sources, under tests/dashboard.</summary>
public sealed class DashboardUnitTests
{
    private static readonly string Folder = Path.Combine(Build.Root, "gateway", "dashboard");

    [Fact]
    public async Task Dashboards_own_tests_pass()
    {
        if (!await ChildProcess.SucceedsAsync("node", "-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)"))
            Assert.Skip("node 20 or later is not installed.");
        if (!Directory.Exists(Path.Combine(Folder, "node_modules")))
            Assert.Skip("gateway/dashboard/node_modules is missing: run npm ci --ignore-scripts in gateway/dashboard.");

        await using var tests = ChildProcess.Start("node", ["test.mjs"], Folder);
        var exitCode = await tests.WaitForExitAsync(TimeSpan.FromSeconds(120));

        Assert.True(exitCode == 0, tests.Output);
        Assert.True(tests.CountLines(@"pass [1-9]\d*$") == 1, tests.Output);
    }
}
