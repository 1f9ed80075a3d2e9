namespace Kairos.Benchmarks;

/// <summary>What one proxy used while it was under load, or while nothing was.</summary>
internal readonly record struct ProxyUse(double WallSeconds, double CpuSeconds, long Requests)
{
    public double CpuPerSecond => CpuSeconds / WallSeconds;

    /// <summary>Microseconds of CPU a request, without what the process uses anyway.</summary>
    public double MicrosecondsPerRequest(double idleCpuPerSecond) =>
        (CpuSeconds - (idleCpuPerSecond * WallSeconds)) / Requests * 1e6;
}

/// <summary>Both proxies over the same seconds, and the part of the machine that others used meanwhile.</summary>
internal readonly record struct ProxyRound(ProxyUse Bare, ProxyUse Metered, double OthersPart);

/// <summary>Microseconds of CPU a request of both proxies, without what they use anyway, and with it.</summary>
internal readonly record struct ProxyCost(double Bare, double Metered, double BareWithIdle, double MeteredWithIdle)
{
    public double Ratio => Metered / Bare;

    public double RatioWithIdle => MeteredWithIdle / BareWithIdle;
}
