using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Prometheus's own tool, of Debian's package.</summary>
internal static class Promtool
{
    private const string Program = "/usr/bin/promtool";

    /// <summary>Skips the test on a machine without it.</summary>
    public static void Require() => Assert.SkipUnless(File.Exists(Program), "Debian's prometheus is not installed.");

    /// <summary>Runs a command that must find nothing wrong.</summary>
    public static async Task AssertAsync(params string[] arguments)
    {
        Require();
        await using var promtool = ChildProcess.Start(Program, arguments);
        Assert.True(await promtool.WaitForExitAsync() == 0, promtool.Output);
    }

    /// <summary>What it finds unusual in a text of metrics, a metric a line; fails where the text is not one that Prometheus can read.</summary>
    public static async Task<string[]> CheckMetricsAsync(string text)
    {
        const int Unusual = 3;
        Require();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
            await using var promtool = ChildProcess.Start("/bin/sh", ["-c", $"{Program} check metrics < {file}"]);
            var exitCode = await promtool.WaitForExitAsync();
            Assert.True(exitCode is 0 or Unusual, $"{promtool.Output}\n{text}");
            return promtool.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
