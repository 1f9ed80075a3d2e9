using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>
/// CPU per proxied request, or per relayed WebSocket frame, of the gateway, metering and reporting on, against a bare YARP proxy and an nginx of
/// the same routes. All live through the same run and are loaded in turn, a tenth of a second each, so that what else the machine does, and how
/// fast it is just then, falls on all.
/// </summary>
internal static class ProxyBenchmark
{
    private const double RatioMax = 1.03;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var options = ProxyOptions.From(arguments);
        Wrk.Require();
        NginxProxy.Require();
        if (options is { Standalone: false, Control: false })
        {
            GatewayCluster.RequireRedis();
        }

        Machine.Print();
        Console.WriteLine(options);
        using var scratch = new Scratch();
        var all = new List<ProxyCost>();
        var ofStarts = new List<double>();
        for (var start = 1; start <= options.Starts; start++)
        {
            Console.WriteLine($"start {start} of {options.Starts}");
            await using var proxies = await ProxyGroup.StartAsync(options, scratch);
            await using var frames = options.Frames ? await FrameLoad.ConnectAsync(proxies, options) : null;
            var run = new ProxyRun(options, frames is null ? new Wrk(options, Wrk.WriteScript(scratch, options.Routes)).LoadInTurnAsync : frames.LoadInTurnAsync, proxies);
            await run.MeasureAsync();
            var costs = run.Report();
            all.AddRange(costs);
            ofStarts.Add(Spread.Of(costs.Select(cost => cost.Ratio)).Median);
        }

        Machine.PrintLoad();
        return Judge(options.Frames ? "frame" : "request", all, ofStarts);
    }

    private static int Judge(string what, List<ProxyCost> all, List<double> ofStarts)
    {
        var bare = Spread.Of(all.Select(cost => cost.Bare));
        var metered = Spread.Of(all.Select(cost => cost.Metered));
        Console.WriteLine($"CPU per {what}, us: bare {bare.ToString("0.00")}");
        Console.WriteLine($"CPU per {what}, us: metered {metered.ToString("0.00")}");
        Console.WriteLine($"CPU per {what}, us: nginx {Spread.Of(all.Select(cost => cost.Nginx)).ToString("0.00")}");
        Console.WriteLine($"ratio of paired rounds: {Spread.Of(all.Select(cost => cost.Ratio)).ToString("0.000")}");
        Console.WriteLine($"the same, to nginx: {Spread.Of(all.Select(cost => cost.RatioToNginx)).ToString("0.000")}");
        var withIdle = Spread.Of(all.Select(cost => cost.RatioWithIdle));
        Console.WriteLine($"ratio, idle cost not excluded (each proxy is under load for a third of the time): {withIdle.ToString("0.000")}");
        Console.WriteLine($"median ratio of each start: {string.Join(", ", ofStarts.Select(r => r.ToString("0.000", CultureInfo.InvariantCulture)))}");
        var ofMedians = metered.Median / bare.Median;
        var verdict = new Verdict();
        verdict.Add($"CPU per proxied {what}, ratio of medians", ofMedians.ToString("0.000", CultureInfo.InvariantCulture), ofMedians <= RatioMax, $"{RatioMax:0.00}");
        return verdict.ExitCode;
    }
}
