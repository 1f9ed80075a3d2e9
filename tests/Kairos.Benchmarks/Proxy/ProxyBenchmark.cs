using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>
/// CPU per proxied request of the gateway, metering and reporting on, against a bare YARP proxy of the same routes. Both live through the
/// same run and are loaded in turn, a tenth of a second each, so that what else the machine does, and how fast it is just then, falls on both.
/// </summary>
internal static class ProxyBenchmark
{
    private const double RatioMax = 1.03;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var options = ProxyOptions.From(arguments);
        Wrk.Require();
        Machine.Print();
        Console.WriteLine(options);
        using var scratch = new Scratch();
        var wrk = new Wrk(options.Connections, Wrk.WriteScript(scratch, options.Routes));
        var all = new List<ProxyCost>();
        var ofStarts = new List<double>();
        for (var start = 1; start <= options.Starts; start++)
        {
            Console.WriteLine($"start {start} of {options.Starts}");
            await using var pair = await ProxyPair.StartAsync(options, scratch);
            var run = new ProxyRun(options, wrk, pair);
            await run.MeasureAsync();
            var costs = run.Report();
            all.AddRange(costs);
            ofStarts.Add(Spread.Of(costs.Select(cost => cost.Ratio)).Median);
        }

        Machine.PrintLoad();
        return Judge(all, ofStarts);
    }

    private static int Judge(List<ProxyCost> all, List<double> ofStarts)
    {
        var bare = Spread.Of(all.Select(cost => cost.Bare));
        var metered = Spread.Of(all.Select(cost => cost.Metered));
        var ratio = Spread.Of(all.Select(cost => cost.Ratio));
        Console.WriteLine($"CPU per request, us: bare {bare.ToString("0.00")}");
        Console.WriteLine($"CPU per request, us: metered {metered.ToString("0.00")}");
        Console.WriteLine($"ratio of paired rounds: {ratio.ToString("0.000")}");
        var withIdle = Spread.Of(all.Select(cost => cost.RatioWithIdle));
        Console.WriteLine($"the same, idle cost not excluded (each proxy is under load for half of the time): {withIdle.ToString("0.000")}");
        Console.WriteLine($"median ratio of each start: {string.Join(", ", ofStarts.Select(r => r.ToString("0.000", CultureInfo.InvariantCulture)))}");
        var ofMedians = metered.Median / bare.Median;
        var verdict = new Verdict();
        verdict.Add("CPU per proxied request, ratio of medians", ofMedians.ToString("0.000", CultureInfo.InvariantCulture), ofMedians <= RatioMax, $"{RatioMax:0.00}");
        return verdict.ExitCode;
    }
}
