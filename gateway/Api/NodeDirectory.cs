using Kairos.Silo;

namespace Kairos.Gateway;

/// <summary>Asks all shards for their nodes and the membership for the silos, once a second however many ask. Thread-safe.</summary>
internal sealed class NodeDirectory(IGrainFactory grains, ShardsOptions shards, TimeProvider timeProvider, ILogger<NodeDirectory> logger)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);

    /// <summary>A dead silo is listed for so long.</summary>
    private static readonly TimeSpan DeadSilosKept = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private Task<NodeListing?> _reading = Task.FromResult<NodeListing?>(null);
    private long? _readAt;

    /// <summary>Null when nothing of the cluster answers.</summary>
    public Task<NodeListing?> GetAsync()
    {
        lock (_lock)
        {
            if (_readAt is not { } at || (_reading.IsCompleted && timeProvider.GetElapsedTime(at) >= Freshness))
            {
                _readAt = timeProvider.GetTimestamp();
                _reading = ReadAsync();
            }

            return _reading;
        }
    }

    private async Task<NodeListing?> ReadAsync()
    {
        var silos = TryAsync(() => grains.GetGrain<IManagementGrain>(0).GetDetailedHosts(onlyActive: false));
        var nodes = await Task.WhenAll(Enumerable.Range(0, shards.Count).Select(shard =>
            TryAsync(() => grains.GetGrain<IMetricsShardGrain>(shard).GetNodesAsync())));
        var hosts = await silos;
        if (hosts is null && Array.TrueForAll(nodes, n => n is null))
        {
            return null;
        }

        var now = timeProvider.GetUtcNow();
        return new NodeListing(
            now.UtcDateTime,
            hosts is null || nodes.Contains(null),
            [.. nodes.SelectMany((found, shard) => (found ?? []).Select(node => EntryOf(node, shard, now))).OrderBy(n => n.Id, StringComparer.Ordinal)],
            [.. (hosts ?? []).Where(h => h.Status != SiloStatus.Dead || now.UtcDateTime - h.IAmAliveTime < DeadSilosKept)
                .Select(EntryOf).OrderBy(s => s.Address, StringComparer.Ordinal)]);
    }

    private async Task<T?> TryAsync<T>(Func<Task<T>> call)
        where T : class
    {
        try
        {
            return await call().WaitAsync(CallTimeout, timeProvider);
        }
        catch (Exception e)
        {
            logger.NodesUnknown(e.Reason());
            return null;
        }
    }

    private static NodeEntry EntryOf(NodeStatus node, int shard, DateTimeOffset now) => new(
        node.Node,
        node.State.ToString().ToLowerInvariant(),
        node.SaidGoodbye,
        DateTimeOffset.FromUnixTimeMilliseconds(node.StartedAt).UtcDateTime,
        DateTimeOffset.FromUnixTimeMilliseconds(node.LastReportAt).UtcDateTime,
        Math.Round(Math.Max(now.ToUnixTimeMilliseconds() - node.LastReportAt, 0) / 1000.0, 2),
        DateTimeOffset.FromUnixTimeSeconds(node.ClosedTick).UtcDateTime,
        Math.Max(now.ToUnixTimeSeconds() - node.ClosedTick, 0),
        node.InFlight,
        node.ClockOffsetSeconds,
        shard);

    private static SiloEntry EntryOf(MembershipEntry silo) => new(
        silo.SiloAddress.Endpoint.ToString(),
        silo.Status switch { SiloStatus.ShuttingDown => "shutting_down", var status => status.ToString().ToLowerInvariant() },
        SaidGoodbye(silo),
        Utc(silo.StartTime),
        Utc(silo.IAmAliveTime));

    /// <summary>A silo that stops by itself votes for its own death (seen with Orleans 10.4); one that was lost has the votes of others alone.</summary>
    private static bool SaidGoodbye(MembershipEntry silo) => silo.Status == SiloStatus.Dead
        && (silo.SuspectTimes is not { Count: > 0 } votes || votes.Exists(vote => vote.Item1.Equals(silo.SiloAddress)));

    private static DateTime Utc(DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Utc);
}
