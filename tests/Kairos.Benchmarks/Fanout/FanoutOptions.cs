namespace Kairos.Benchmarks;

/// <summary>How the fan-out benchmark is run.</summary>
/// <param name="Sockets">Of each server.</param>
/// <param name="IntervalSeconds">Of all subscriptions; 0 for 1 to 10 s.</param>
/// <param name="Seconds">Of a window.</param>
/// <param name="Windows">Measured one after another, over all servers at once.</param>
/// <param name="SettleSeconds">Between the last connection and the first window: as long as pings and heartbeats take to come round.</param>
/// <param name="Sessions">The gateway's sockets ask for a session each.</param>
internal sealed record FanoutOptions(int Sockets, int IntervalSeconds, int Seconds, int Windows, int SettleSeconds, bool Sessions)
{
    public static FanoutOptions From(Arguments arguments)
    {
        var options = new FanoutOptions(
            arguments.Take("sockets", 5_000, atLeast: 1),
            arguments.Take("interval", 0),
            arguments.Take("seconds", 10, atLeast: 1),
            arguments.Take("windows", 6, atLeast: 1),
            arguments.Take("settle", 45),
            arguments.Take("sessions", 0) == 1);
        arguments.RefuseOthers();
        return options;
    }
}
