namespace Kairos.Benchmarks;

/// <summary>Loads addresses in turn, a short time each, for so many seconds in all; how much each of them has answered.</summary>
internal delegate Task<long[]> LoadInTurn(IReadOnlyList<string> urls, int seconds);

/// <summary>The rounds of one start of all proxies, and each one's idle CPU a second before and after them.</summary>
internal sealed class ProxyRun(ProxyOptions options, LoadInTurn load, ProxyGroup proxies)
{
    private const string Page = "r1/items/1";
    private readonly List<ProxyUse[]> _idle = [];
    private readonly List<ProxyRound> _rounds = [];
    private int _waits = options.WaitSeconds;

    public async Task MeasureAsync()
    {
        await LoadAsync(first: 0, options.WarmupSeconds);
        await IdleAsync();
        for (var noisy = 0; _rounds.Count < options.Rounds;)
        {
            await WaitForQuietAsync();
            var measured = await LoadAsync(first: _rounds.Count % proxies.All.Count, options.Seconds);

            // Waits for quiet moments, but not for ever: then the noise shows in the figures and in the last column.
            if (measured.OthersPart * 100 <= options.QuietPercent || noisy++ >= 2 * options.Rounds)
            {
                _rounds.Add(measured);
            }
        }

        await IdleAsync();
    }

    /// <summary>Prints each round; returns what a request costs in it.</summary>
    public IReadOnlyList<ProxyCost> Report()
    {
        // As it is once everything is compiled: before the rounds it is still about twice as much.
        double[] idle = [.. _idle[^1].Select(use => use.CpuPerSecond)];
        var before = proxies.All.Zip(_idle[0], (proxy, use) => FormattableString.Invariant($"{proxy.Name} {use.CpuPerSecond:0.00%}"));
        Console.WriteLine($"idle, % of a core: {string.Join(", ", before.Zip(_idle[^1], (text, after) => FormattableString.Invariant($"{text} and {after.CpuPerSecond:0.00%}")))}");
        Console.WriteLine($"{"round",5} {string.Concat(proxies.All.Select(proxy => $"{proxy.Name + " us/req",15} {"req/s",8} "))}{"ratio",7} {"others",7}");
        var costs = new List<ProxyCost>();
        foreach (var (round, i) in _rounds.Select((round, i) => (round, i)))
        {
            var cost = new ProxyCost(
                [.. round.Uses.Zip(idle, (use, cores) => use.MicrosecondsPerRequest(cores))], [.. round.Uses.Select(use => use.MicrosecondsPerRequest(0))]);
            costs.Add(cost);
            var each = string.Concat(round.Uses.Zip(cost.Each, (use, cpu) => FormattableString.Invariant($"{cpu,15:0.00} {use.Requests / use.WallSeconds,8:0} ")));
            Console.WriteLine(FormattableString.Invariant($"{i + 1,5} {each}{cost.Ratio,7:0.000} {round.OthersPart,7:0.0%}"));
        }

        return costs;
    }

    /// <param name="first">The proxy that is loaded first; the others follow in their order.</param>
    /// <param name="seconds">Of all turns together.</param>
    private async Task<ProxyRound> LoadAsync(int first, int seconds)
    {
        var (began, others) = (TimeProvider.System.GetTimestamp(), Others());
        double[] cpu = [.. proxies.All.Select(proxy => proxy.CpuSeconds)];
        int[] order = [.. Enumerable.Range(0, cpu.Length).Select(i => (first + i) % cpu.Length)];
        var answered = await load([.. order.Select(i => proxies.All[i].Url + Page)], seconds);
        var wall = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var uses = new ProxyUse[cpu.Length];
        for (var i = 0; i < order.Length; i++)
        {
            uses[order[i]] = new(wall, proxies.All[order[i]].CpuSeconds - cpu[order[i]], answered[i]);
        }

        return new(uses, others.Part);
    }

    /// <summary>Waits, for a bounded time in all, until others leave the machine alone.</summary>
    private async Task WaitForQuietAsync()
    {
        while (_waits > 0)
        {
            var others = Others();
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            if (others.Part * 100 <= options.QuietPercent)
            {
                break;
            }

            _waits--;
        }
    }

    private OthersUse Others() => new(() => proxies.CpuOfAll);

    private async Task IdleAsync()
    {
        // What a load leaves behind, such as a collection or a last report, is not idleness.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        var began = TimeProvider.System.GetTimestamp();
        double[] cpu = [.. proxies.All.Select(proxy => proxy.CpuSeconds)];
        await Task.Delay(TimeSpan.FromSeconds(options.IdleSeconds), TimeProvider.System);
        var wall = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        _idle.Add([.. proxies.All.Zip(cpu, (proxy, before) => new ProxyUse(wall, proxy.CpuSeconds - before, 0))]);
    }
}
