namespace Kairos.Benchmarks;

/// <summary>The rounds of one start of both proxies, and each one's idle CPU a second before and after them.</summary>
internal sealed class ProxyRun(ProxyOptions options, Wrk wrk, ProxyPair pair)
{
    private const string Page = "r1/items/1";
    private readonly List<(ProxyUse Bare, ProxyUse Metered)> _idle = [];
    private readonly List<ProxyRound> _rounds = [];
    private int _waits = options.WaitSeconds;

    private double BareIdle => _idle.Average(idle => idle.Bare.CpuPerSecond);

    private double MeteredIdle => _idle.Average(idle => idle.Metered.CpuPerSecond);

    public async Task MeasureAsync()
    {
        await LoadAsync(bareFirst: true, options.WarmupSeconds);
        await IdleAsync();
        for (var noisy = 0; _rounds.Count < options.Rounds;)
        {
            await WaitForQuietAsync();
            var measured = await LoadAsync(bareFirst: _rounds.Count % 2 == 0, options.Seconds);

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
        var (bare, metered) = (BareIdle, MeteredIdle);
        Console.WriteLine(FormattableString.Invariant($"idle, % of a core: {pair.Bare.Name} {bare:0.00%}, {pair.Metered.Name} {metered:0.00%}"));
        Console.WriteLine($"{"round",5} {pair.Bare.Name + " us/req",15} {"req/s",8} {pair.Metered.Name + " us/req",15} {"req/s",8} {"ratio",7} {"others",7}");
        var costs = new List<ProxyCost>();
        foreach (var (round, i) in _rounds.Select((round, i) => (round, i)))
        {
            var cost = new ProxyCost(
                round.Bare.MicrosecondsPerRequest(bare), round.Metered.MicrosecondsPerRequest(metered),
                round.Bare.MicrosecondsPerRequest(0), round.Metered.MicrosecondsPerRequest(0));
            costs.Add(cost);
            Console.WriteLine(FormattableString.Invariant(
                $"{i + 1,5} {cost.Bare,15:0.00} {round.Bare.Requests / round.Bare.WallSeconds,8:0} {cost.Metered,15:0.00} {round.Metered.Requests / round.Metered.WallSeconds,8:0} {cost.Ratio,7:0.000} {round.OthersPart,7:0.0%}"));
        }

        return costs;
    }

    private async Task<ProxyRound> LoadAsync(bool bareFirst, int seconds)
    {
        var (began, others) = (TimeProvider.System.GetTimestamp(), Others());
        var (bareCpu, meteredCpu) = (CpuTime.Of(pair.Bare.ProcessId), CpuTime.Of(pair.Metered.ProcessId));
        var (first, second) = bareFirst ? (pair.Bare, pair.Metered) : (pair.Metered, pair.Bare);
        var (ofFirst, ofSecond) = await wrk.LoadInTurnAsync(first.Url + Page, second.Url + Page, seconds);
        var (ofBare, ofMetered) = bareFirst ? (ofFirst, ofSecond) : (ofSecond, ofFirst);
        var wall = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var bare = new ProxyUse(wall, CpuTime.Of(pair.Bare.ProcessId) - bareCpu, ofBare);
        var metered = new ProxyUse(wall, CpuTime.Of(pair.Metered.ProcessId) - meteredCpu, ofMetered);
        return new(bare, metered, others.Part);
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

    private OthersUse Others() => new(() => pair.CpuOfAll);

    private async Task IdleAsync()
    {
        // What a load leaves behind, such as a collection or a last report, is not idleness.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        var (began, bare, metered) = (TimeProvider.System.GetTimestamp(), CpuTime.Of(pair.Bare.ProcessId), CpuTime.Of(pair.Metered.ProcessId));
        await Task.Delay(TimeSpan.FromSeconds(options.IdleSeconds), TimeProvider.System);
        var wall = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        _idle.Add((new(wall, CpuTime.Of(pair.Bare.ProcessId) - bare, 0), new(wall, CpuTime.Of(pair.Metered.ProcessId) - metered, 0)));
    }
}
