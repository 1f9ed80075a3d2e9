using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Kairos.Silo;

/// <summary>
/// What all processes of a cluster must have in common: the version of the contracts and the number of shards. Kept in Redis by the silos
/// for as long as one runs, so that one which would count differently is refused at its start.
/// </summary>
public sealed class ClusterAgreement(
    IConnectionMultiplexer redis, string clusterId, ShardsOptions shards, TimeProvider timeProvider, ILogger<ClusterAgreement> logger)
    : BackgroundService
{
    /// <summary>Grows with every change of the grain interfaces or of what is stored that an older process could not read.</summary>
    public const int ContractVersion = 4;

    /// <summary>How long the agreement outlives the last silo.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(5);

    private bool _unreachable;

    /// <summary>Refuses a process that would not fit; a Redis that does not answer refuses nobody.</summary>
    /// <exception cref="ConfigurationMistakeException">The silos that run have agreed on something else.</exception>
    public static async Task CheckAsync(IConnectionMultiplexer redis, string clusterId, ShardsOptions shards)
    {
        ArgumentNullException.ThrowIfNull(redis);
        if (!redis.IsConnected)
        {
            // Nothing is waited for: a gateway proxies whatever Redis does.
            return;
        }

        try
        {
            var agreed = await redis.GetDatabase().StringGetAsync(KeyOf(clusterId));
            if (agreed.HasValue && agreed != TextOf(shards))
            {
                throw new ConfigurationMistakeException(Refusal(clusterId, shards, agreed!));
            }
        }
        catch (Exception e) when (e is not ConfigurationMistakeException)
        {
            // Asked again by the silos, and by every report.
        }
    }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await RenewAsync() is { } agreed)
        {
            throw new ConfigurationMistakeException(Refusal(clusterId, shards, agreed));
        }

        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Renewal, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (await RenewAsync() is { } agreed)
            {
                logger.AgreementLost(Refusal(clusterId, shards, agreed));
            }
        }
    }

    private static string KeyOf(string clusterId) => $"{clusterId}/agreement";

    private static string TextOf(ShardsOptions shards) => $"contract {ContractVersion}, {shards.Count} shards";

    private static string Refusal(string clusterId, ShardsOptions shards, string agreed) =>
        $"The silos of cluster '{clusterId}' run with {agreed}, this process with {TextOf(shards)}: give all the same version and "
        + $"Kairos:Shards:Count, or stop those silos first and wait {Lease.TotalSeconds:0} s.";

    /// <summary>Null when the agreement is this process's too, else what it says.</summary>
    private async Task<string?> RenewAsync()
    {
        try
        {
            var (database, key, mine) = (redis.GetDatabase(), KeyOf(clusterId), TextOf(shards));
            if (await database.StringSetAsync(key, mine, Lease, When.NotExists))
            {
                _unreachable = false;
                return null;
            }

            var agreed = await database.StringGetAsync(key);
            if (agreed.HasValue && agreed != mine)
            {
                return agreed!;
            }

            await database.KeyExpireAsync(key, Lease);
            _unreachable = false;
        }
        catch (Exception e)
        {
            // Whatever it is (a command that was under way when the connection was lost is cancelled), a silo goes on without Redis.
            if (!_unreachable)
            {
                logger.RedisUnreachable(e is TimeoutException ? "time-out" : e.GetType().Name);
            }

            _unreachable = true;
        }

        return null;
    }
}
