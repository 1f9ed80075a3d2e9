namespace Kairos.Benchmarks;

/// <summary>What the product counts while clients come back: sums over the gateway nodes, and Redis' own account.</summary>
internal sealed record ReturnCounters(
    double MissedReads, double MissedSent, double CatchUps, double Failures, double Refused, double RedisMegabytes, double RedisCommands, double RedisInputMegabytes)
{
    private const double Mega = 1024 * 1024;

    public static async Task<ReturnCounters> ReadAsync(IReadOnlyList<string> gateways, ClusterClient client) => new(
        await SumAsync(gateways, "kairos_sessions_missed_reads"),
        await SumAsync(gateways, "kairos_sessions_missed_sent"),
        await SumAsync(gateways, "kairos_sessions_catchups"),
        await SumAsync(gateways, "kairos_sessions_failures"),
        await SumAsync(gateways, "kairos_sockets_refused"),
        await client.RedisAsync("used_memory") / Mega,
        await client.RedisAsync("total_commands_processed"),
        await client.RedisAsync("total_net_input_bytes") / Mega);

    private static async Task<double> SumAsync(IReadOnlyList<string> gateways, string name) =>
        (await Task.WhenAll(gateways.Select(gateway => SiloFigures.ReadAsync(gateway, name)))).Sum();
}
