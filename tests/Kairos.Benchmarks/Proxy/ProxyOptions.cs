namespace Kairos.Benchmarks;

/// <summary>How the proxy benchmark is run.</summary>
/// <param name="Starts">Times that all processes are started anew: two processes of one program differ by what the JIT made of it.</param>
/// <param name="Rounds">Rounds a start.</param>
/// <param name="Seconds">Of a round: each proxy is under load for half of them.</param>
/// <param name="Connections">Keep-alive connections of wrk.</param>
/// <param name="Routes">Routes, each with a cluster and destination of its own, asked for in turn.</param>
/// <param name="WarmupSeconds">Of a round that is not counted, before the first.</param>
/// <param name="IdleSeconds">Without load, before and after the rounds.</param>
/// <param name="QuietPercent">A round is measured again, some times, when others used more than this part of the machine's processors.</param>
/// <param name="WaitSeconds">Waited, in all of a start, for others to leave the machine alone.</param>
/// <param name="Control">A second bare proxy in the gateway's place: what the benchmark itself gets wrong.</param>
internal sealed record ProxyOptions(
    int Starts, int Rounds, int Seconds, int Connections, int Routes, int WarmupSeconds, int IdleSeconds, int QuietPercent, int WaitSeconds, bool Control)
{
    public static ProxyOptions From(Arguments arguments)
    {
        var options = new ProxyOptions(
            arguments.Take("starts", 3),
            arguments.Take("rounds", 10),
            arguments.Take("seconds", 8),
            arguments.Take("connections", 16),
            arguments.Take("routes", 1),
            arguments.Take("warmup", 20),
            arguments.Take("idle", 5),
            arguments.Take("quiet", 10),
            arguments.Take("wait", 300),
            arguments.Take("control", 0) != 0);
        arguments.RefuseOthers();
        return options;
    }
}
