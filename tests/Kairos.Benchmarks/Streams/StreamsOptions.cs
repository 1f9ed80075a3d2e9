namespace Kairos.Benchmarks;

/// <summary>How the streams benchmark is run.</summary>
/// <param name="Subscriptions">One for each socket: a tenth, half and all of these are measured; 0 leaves that part out.</param>
/// <param name="Nodes">Gateway nodes with one subscription each.</param>
/// <param name="Seconds">Of a window; Linux accounts CPU in steps of 10 ms.</param>
/// <param name="WarmupSeconds">Before the first: the JIT compiles.</param>
/// <param name="Pull">Whether pull periods and numbers of queues are compared.</param>
internal sealed record StreamsOptions(int Subscriptions, int Nodes, int Seconds, int WarmupSeconds, bool Pull)
{
    public TimeSpan Window => TimeSpan.FromSeconds(Seconds);

    public static StreamsOptions From(Arguments arguments)
    {
        var options = new StreamsOptions(
            arguments.Take("subscriptions", 1_000),
            arguments.Take("nodes", 10, atLeast: 2),
            arguments.Take("seconds", 15, atLeast: 3),
            arguments.Take("warmup", 30),
            arguments.Take("pull", 1) > 0);
        arguments.RefuseOthers();
        return options;
    }
}
