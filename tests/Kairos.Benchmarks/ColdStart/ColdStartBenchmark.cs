using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>
/// Time from a start to the first 200 of <c>/health/ready</c>: of the command in the README and of the program itself, with a fresh data
/// folder and with one that a gateway has used; and of a gateway node that joins a running cluster. Files are in the page cache from the first
/// round on.
/// </summary>
internal static class ColdStartBenchmark
{
    private const double SecondsMax = 3;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var rounds = arguments.Take("rounds", 5);
        arguments.RefuseOthers();
        GatewayCluster.RequireRedis();
        Machine.Print();
        using var scratch = new Scratch();
        var configuration = Path.GetFileName(Path.GetDirectoryName(Repository.Gateway))!;
        string[] project = ["run", "-c", configuration, "--no-build", "--project", "gateway", "--"];
        string[] program = [Repository.Gateway];
        var figures = new Dictionary<string, List<double>>();
        await using var cluster = await GatewayCluster.StartAsync(silos: 2, gateways: 1, scratch);
        for (var round = 0; round < rounds; round++)
        {
            // In turn, so that what else the machine does falls on all.
            foreach (var (name, command) in new[] { ("dotnet run", project), ("dotnet Kairos.Gateway.dll", program) })
            {
                var data = scratch.NewFolder();
                await StartAsync($"{name}, fresh data", command, data, figures);
                await StartAsync($"{name}, existing data", command, data, figures);
            }

            var began = TimeProvider.System.GetTimestamp();
            await cluster.AddGatewayAsync();
            Note("a gateway node joins a running cluster", TimeProvider.System.GetElapsedTime(began).TotalSeconds, figures);
            await cluster.KillGatewayAsync(cluster.Gateways.Count);
        }

        Machine.PrintLoad();
        var verdict = new Verdict();
        foreach (var (name, seconds) in figures)
        {
            var spread = Spread.Of(seconds);
            verdict.Add(name, $"{spread.ToString("0.00")} s", spread.Median <= SecondsMax, $"{SecondsMax} s");
        }

        return verdict.ExitCode;
    }

    private static async Task StartAsync(string name, string[] command, string data, Dictionary<string, List<double>> figures)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}");
        var began = TimeProvider.System.GetTimestamp();
        await using var process = ChildProcess.Start(Repository.Dotnet, [.. command, $"--urls={url}", $"--Kairos:Data:Path={data}"], Repository.Root);
        await Readiness.WaitAsync(process, $"{url}/health/ready");
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        await process.StopAsync();
        Note(name, seconds, figures);
    }

    private static void Note(string name, double seconds, Dictionary<string, List<double>> figures)
    {
        Console.WriteLine(FormattableString.Invariant($"{name}: {seconds:0.00} s"));
        if (!figures.TryGetValue(name, out var known))
        {
            figures[name] = known = [];
        }

        known.Add(seconds);
    }
}
