namespace Kairos.Benchmarks;

/// <summary>How the proxy benchmark is run.</summary>
/// <param name="Starts">Times that all processes are started anew: two processes of one program differ by what the JIT made of it.</param>
/// <param name="Rounds">Rounds a start.</param>
/// <param name="Seconds">Of a round: each proxy is under load for its part of them.</param>
/// <param name="Connections">Of the load, to each proxy.</param>
/// <param name="Routes">Routes, each with a cluster and destination of its own, asked for in turn.</param>
/// <param name="BodyBytes">Of a response, or of a frame.</param>
/// <param name="NewConnections">Each request comes on a connection of its own.</param>
/// <param name="Frames">WebSocket frames, sent and echoed one after the other on each connection, instead of requests.</param>
/// <param name="WarmupSeconds">Of a round that is not counted, before the first.</param>
/// <param name="IdleSeconds">Without load, before and after the rounds.</param>
/// <param name="QuietPercent">A round is measured again, some times, when others used more than this part of the machine's processors.</param>
/// <param name="WaitSeconds">Waited, in all of a start, for others to leave the machine alone.</param>
/// <param name="Standalone">The gateway has its silo inside, instead of being a node of a cluster.</param>
/// <param name="Control">A second bare proxy in the gateway's place: what the benchmark itself gets wrong.</param>
internal sealed record ProxyOptions(
    int Starts,
    int Rounds,
    int Seconds,
    int Connections,
    int Routes,
    int BodyBytes,
    bool NewConnections,
    bool Frames,
    int WarmupSeconds,
    int IdleSeconds,
    int QuietPercent,
    int WaitSeconds,
    bool Standalone,
    bool Control)
{
    public static ProxyOptions From(Arguments arguments)
    {
        var options = new ProxyOptions(
            arguments.Take("starts", 3, atLeast: 1),
            arguments.Take("rounds", 10, atLeast: 1),
            arguments.Take("seconds", 9, atLeast: 1),
            arguments.Take("connections", 16, atLeast: 1),
            arguments.Take("routes", 1, atLeast: 1),
            arguments.Take("body", 128),
            arguments.Take("new", 0) != 0,
            arguments.Take("frames", 0) != 0,
            arguments.Take("warmup", 20),
            arguments.Take("idle", 5, atLeast: 1),
            arguments.Take("quiet", 10),
            arguments.Take("wait", 300),
            arguments.Take("standalone", 0) != 0,
            arguments.Take("control", 0) != 0);
        arguments.RefuseOthers();
        return options is { Frames: true, NewConnections: true }
            ? throw new BenchmarkException("--frames=1 and --new=1 exclude each other: a frame has no connection of its own.")
            : options;
    }
}
