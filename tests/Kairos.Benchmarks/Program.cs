using System.Runtime.InteropServices;
using Kairos.Benchmarks;

const string Usage =
    """
    Kairos.Benchmarks COMMAND [--option=value]
      measurement  nanoseconds and bytes of one measurement
      proxy        CPU per proxied request, or with --frames=1 per      --starts=3 --rounds=10 --seconds=9 --connections=16 --routes=1
                   WebSocket frame, against a bare YARP proxy and nginx --body=128 --new=0 --frames=0 --warmup=20 --idle=5 --quiet=10
                                                                        --wait=300 --standalone=0 --control=0
      fanout       CPU per frame and memory per socket against a bare   --sockets=5000 --interval=0 --seconds=10 --windows=6
                   Kestrel loop and SignalR                                     --settle=45 --sessions=0
      stalled      how late frames are while clients do not read        --sockets=5000 --stalled=1000 --rounds=5 --seconds=30
      cold-start   time from a start to ready                           --rounds=5
      latency      a request until a client on another node sees it     --requests=300 --rate=3 --warmup=10 --silos=2
      rollup       a silo under the reports of many simulated nodes     --nodes=20 --routes=200 --requests=8000 --seconds=60
                                                                        --warmup=30 --history=65 --reads=200
      scale        silos under ever more simulated nodes                --nodes=1000 --routes=20 --requests=100000 --silos=1
                                                                        --clients=1000 --rate=50 --seconds=60 --warmup=30
      streams      a subscription for each node against one for each    --subscriptions=1000 --nodes=10 --seconds=15 --warmup=30
                   socket; pull period and number of queues             --pull=1
      tiers        heap and CPU of the roll-up alone, over hours        --nodes=20 --routes=200 --requests=8000 --minutes=150 --days=0
      idle         CPU and memory of a cluster without traffic          --seconds=20 --windows=5 --warmup=30 --gateways=2 --silos=3
      reconnect    thousands of clients whose node is killed come back  --clients=10000 --gateways=3 --silos=2 --away=5 --long-away=120
                                                                        --warmup=20 --seed=1
      dashboard    what the page costs a browser, seen and hidden       --loads=20 --seconds=60 --windows=3 --minutes=21 --routes=200
    Each prints its figures beside the bound, where there is one; the exit code is 1 when one misses it, 2 when it cannot run.
    proxy, latency, fanout, stalled, cold-start, rollup, scale, streams, idle and reconnect start clusters and need redis-server; dashboard needs
    chromium.
    """;

// A benchmark that is stopped takes along what it has started and written.
Action<PosixSignalContext> stopped = _ =>
{
    ChildProcess.KillAll();
    Scratch.DeleteAll();
};
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, stopped);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, stopped);

try
{
    return args switch
    {
        ["measurement", .. var rest] => MeasurementBenchmark.Run(new Arguments(rest)),
        ["proxy", .. var rest] => await ProxyBenchmark.RunAsync(new Arguments(rest)),
        ["cold-start", .. var rest] => await ColdStartBenchmark.RunAsync(new Arguments(rest)),
        ["latency", .. var rest] => await LatencyBenchmark.RunAsync(new Arguments(rest)),
        ["idle", .. var rest] => await IdleBenchmark.RunAsync(new Arguments(rest)),

        ["rollup", .. var rest] => await RollupBenchmark.RunAsync(new Arguments(rest)),
        ["scale", .. var rest] => await ScaleBenchmark.RunAsync(new Arguments(rest)),
        ["streams", .. var rest] => await StreamsBenchmark.RunAsync(new Arguments(rest)),
        ["tiers", .. var rest] => await TiersBenchmark.RunAsync(new Arguments(rest)),
        ["fanout", .. var rest] => await FanoutBenchmark.RunAsync(new Arguments(rest)),
        ["stalled", .. var rest] => await StalledBenchmark.RunAsync(new Arguments(rest)),
        ["reconnect", .. var rest] => await ReconnectBenchmark.RunAsync(new Arguments(rest)),
        ["dashboard", .. var rest] => await DashboardBenchmark.RunAsync(new Arguments(rest)),

        // The other side of a benchmark, in a process of its own.
        [BareProxy.Command, .. var rest] => await BareProxy.RunAsync(rest),
        [Destination.Command, .. var rest] => await Destination.RunAsync(rest),
        [BareSockets.Command, .. var rest] => await BareSockets.RunAsync(rest),
        [HubSockets.Command, .. var rest] => await HubSockets.RunAsync(rest),
        [FanoutFleet.Command, .. var rest] => await FanoutFleet.RunAsync(rest),
        [ClientFleet.Command, .. var rest] => await ClientFleet.RunAsync(rest),
        [Followers.Command, .. var rest] => await Followers.RunAsync(rest),
        [TunedSilo.Command, .. var rest] => await TunedSilo.RunAsync(rest),
        _ => throw new BenchmarkException(Usage),
    };
}
catch (BenchmarkException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
