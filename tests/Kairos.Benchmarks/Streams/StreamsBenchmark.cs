namespace Kairos.Benchmarks;

/// <summary>
/// What the stream of snapshots costs: with one subscription for each gateway node and with one for each socket, and by how often silos look into
/// how many queues. There is no bound; the figures are those of decision 0016.
/// </summary>
internal static class StreamsBenchmark
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        var options = StreamsOptions.From(arguments);
        GatewayCluster.RequireRedis();
        Machine.Print();
        Console.WriteLine(options);
        using var scratch = new Scratch();
        if (options.Subscriptions > 0)
        {
            await SubscriptionStages.RunAsync(options, scratch);
        }

        if (options.Pull)
        {
            await PullCases.RunAsync(options, scratch);
        }

        Machine.PrintLoad();
        return 0;
    }
}
