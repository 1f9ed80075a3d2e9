namespace Kairos.Benchmarks;

/// <summary>What one proxy used while it was under load, or while nothing was.</summary>
internal readonly record struct ProxyUse(double WallSeconds, double CpuSeconds, long Requests)
{
    public double CpuPerSecond => CpuSeconds / WallSeconds;

    /// <summary>Microseconds of CPU a request, without what the process uses anyway.</summary>
    public double MicrosecondsPerRequest(double idleCpuPerSecond) =>
        (CpuSeconds - (idleCpuPerSecond * WallSeconds)) / Requests * 1e6;
}

/// <summary>All proxies over the same seconds, and the part of the machine that others used meanwhile.</summary>
internal readonly record struct ProxyRound(ProxyUse[] Uses, double OthersPart);

/// <summary>Microseconds of CPU a request of each proxy, without what they use anyway, and with it.</summary>
internal readonly record struct ProxyCost(double[] Each, double[] EachWithIdle)
{
    public double Bare => Each[0];

    public double Metered => Each[1];

    public double Nginx => Each[2];

    public double Ratio => Metered / Bare;

    public double RatioWithIdle => EachWithIdle[1] / EachWithIdle[0];

    public double RatioToNginx => Metered / Nginx;
}
