namespace Kairos.Benchmarks;

/// <summary>What so many subscriptions cost in a window.</summary>
/// <param name="What">Who subscribes.</param>
/// <param name="Subscriptions">To the one stream of the cluster.</param>
/// <param name="SubscribeSeconds">That the further ones of this stage took.</param>
/// <param name="SubscribeBytes">That Redis received meanwhile, beside what it receives anyway.</param>
/// <param name="StateBytes">Of the stream's subscriptions in Redis.</param>
/// <param name="SiloCores">CPU seconds a second.</param>
/// <param name="SubscriberCores">Of the process of all subscribers.</param>
/// <param name="SiloMegabytes">Resident.</param>
/// <param name="DeliveriesPerSecond">Of snapshots to subscribers.</param>
/// <param name="LastMilliseconds">After the end of a tick, until the last subscriber had it.</param>
/// <param name="Incomplete">Ticks that did not reach all.</param>
/// <param name="OthersPart">Of the machine, used by others.</param>
internal sealed record SubscriptionStage(
    string What,
    int Subscriptions,
    double SubscribeSeconds,
    double SubscribeBytes,
    double StateBytes,
    double SiloCores,
    double SubscriberCores,
    double SiloMegabytes,
    double DeliveriesPerSecond,
    Percentiles LastMilliseconds,
    int Incomplete,
    double OthersPart)
{
    /// <summary>A second: the cost of fewer is lost in what the silo uses anyway.</summary>
    private const int DeliveriesMin = 50;

    public static void PrintHeader()
    {
        Console.WriteLine(
            $"{"",-22} {"silo,",7} {"over",6} {"silo",5} {"subscr.,",8} {"last delivery, ms",17} {"not",4} {"subscribe",9} {"to Redis",8} {"state",7} {"others",7}");
        Console.WriteLine(
            $"{"subscriptions",-22} {"cores",7} {"1, us",6} {"MB",5} {"cores",8} {"p50",9} {"p99",7} {"all",4} {"s",9} {"MB",8} {"kB",7}");
    }

    /// <param name="one">The stage of a single subscription: CPU of the silo is also shown for a delivery more than that.</param>
    public void Print(SubscriptionStage? one = null)
    {
        var over = DeliveriesPerSecond < DeliveriesMin ? null : (SiloCores - one?.SiloCores) / (DeliveriesPerSecond - one?.DeliveriesPerSecond) * 1e6;
        Console.WriteLine(FormattableString.Invariant(
            $"{What,-22} {SiloCores,7:0.000} {over,6:0} {SiloMegabytes,5:0} {SubscriberCores,8:0.000} {LastMilliseconds.P50,9:0} {LastMilliseconds.P99,7:0} {Incomplete,4} {SubscribeSeconds,9:0.00} {SubscribeBytes / 1e6,8:0.0} {StateBytes / 1e3,7:0.0} {OthersPart,7:0.0%}"));
    }
}
