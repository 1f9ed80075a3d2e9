namespace Kairos.Benchmarks;

/// <summary>What so many subscriptions cost in a window.</summary>
/// <param name="What">Who subscribes.</param>
/// <param name="Subscriptions">To the one stream of the cluster.</param>
/// <param name="SubscribeSeconds">That the further ones of this stage took.</param>
/// <param name="SubscribeBytes">That Redis wrote to its file meanwhile, other than in all other seconds.</param>
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
    Percentiles? LastMilliseconds,
    int Incomplete,
    double OthersPart)
{
    /// <summary>Fewer are lost in what the processes use anyway.</summary>
    private const int CountedAtLeast = 50;

    public static void PrintHeader()
    {
        Console.WriteLine(
            $"{"",-28} {"silo,",7} {"a de-",6} {"subscr.",7} {"a de-",6} {"silo",5} {"last delivery ms",16} {"not",4} {"subscribe",9} {"written",8} {"state",7} {"others",7}");
        Console.WriteLine(
            $"{"subscriptions",-28} {"cores",7} {"livery",6} {"cores",7} {"livery",6} {"MB",5} {"p50",8} {"p99",7} {"all",4} {"s",9} {"MB",8} {"kB",7}");
    }

    /// <param name="none">The same without subscriptions.</param>
    public void Print(SubscriptionStage none)
    {
        var counts = Subscriptions >= CountedAtLeast;
        var (silo, subscriber) = ((SiloCores - none.SiloCores) / DeliveriesPerSecond * 1e6, SubscriberCores / DeliveriesPerSecond * 1e6);
        Console.WriteLine(FormattableString.Invariant(
            $"{What,-28} {SiloCores,7:0.000} {(counts ? silo : null),6:0} {SubscriberCores,7:0.000} {(counts ? subscriber : null),6:0} {SiloMegabytes,5:0} {LastMilliseconds?.P50,8:0} {LastMilliseconds?.P99,7:0} {Incomplete,4} {SubscribeSeconds,9:0.00} {SubscribeBytes / 1e6,8:0.0} {StateBytes / 1e3,7:0.0} {OthersPart,7:0.0%}"));
    }
}
