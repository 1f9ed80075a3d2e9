using System.Threading.Channels;
using Kairos.Silo;

namespace Kairos.Gateway;

/// <summary>
/// Sends rankings to the sockets that want them: for each distinct one a call to the roll-up at each of its intervals, and one frame that all
/// its sockets share. Thread-safe; groups under <c>_lock</c>. Lock order: socket, then board.
/// </summary>
internal sealed class TopBoard : BackgroundService
{
    /// <summary>Distinct rankings of this node, each a call to the roll-up at each of its intervals.</summary>
    public const int RankingsMax = 200;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<TopChoice, TopGroup> _groups = [];
    private readonly Channel<(long After, long UpTo)> _ticks =
        Channel.CreateBounded<(long, long)>(new BoundedChannelOptions(8) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly IGrainFactory _grains;
    private readonly GatewayInstruments _instruments;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private long _tick;

    public TopBoard(IGrainFactory grains, SnapshotHub cluster, GatewayInstruments instruments, TimeProvider timeProvider, ILogger<TopBoard> logger)
    {
        (_grains, _instruments, _timeProvider, _logger) = (grains, instruments, timeProvider, logger);
        cluster.Published += snapshot => _ticks.Writer.TryWrite((Interlocked.Exchange(ref _tick, snapshot.Tick), snapshot.Tick));
    }

    /// <summary>The ranking as it is now.</summary>
    /// <exception cref="TimeoutException">The roll-up does not answer.</exception>
    public async Task<(long Tick, byte[] Frame)> GetAsync(TopChoice choice)
    {
        var ranking = await _grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope).GetTopAsync(choice.Query).WaitAsync(CallTimeout, _timeProvider);
        return (ranking.Tick, EventWriter.TopN(ranking, choice));
    }

    /// <summary>
    /// Adds a socket that is answered with the ranking of a tick; null when there are as many rankings as there may be. The one that it then
    /// leaves makes room where nobody else wants that.
    /// </summary>
    public TopGroup? Join(MetricsSocket socket, TopChoice choice, long tick, TopGroup? former)
    {
        lock (_lock)
        {
            if (!_groups.TryGetValue(choice, out var group))
            {
                if (_groups.Count >= RankingsMax + (former is { Sockets.Count: 1 } ? 1 : 0))
                {
                    _instruments.RankingRefused();
                    return null;
                }

                group = _groups[choice] = new TopGroup(choice);
            }

            group.Sockets[socket] = tick;
            return group;
        }
    }

    public void Leave(MetricsSocket socket, TopGroup group)
    {
        lock (_lock)
        {
            group.Sockets.Remove(socket);
            if (group.Sockets.Count == 0)
            {
                _groups.Remove(group.Choice);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (after, upTo) in _ticks.Reader.ReadAllAsync(stoppingToken))
        {
            await Task.WhenAll(Due(after, upTo).Select(due => SendAsync(due.Group, due.Sockets)));
        }
    }

    /// <summary>The sockets whose turn came after one tick and up to another.</summary>
    private List<(TopGroup Group, List<MetricsSocket> Sockets)> Due(long after, long upTo)
    {
        lock (_lock)
        {
            return [.. _groups.Values.Select(group => (group, group.Due(Math.Min(after, upTo - 1), upTo))).Where(due => due.Item2.Count > 0)];
        }
    }

    private async Task SendAsync(TopGroup group, List<MetricsSocket> sockets)
    {
        try
        {
            var (_, frame) = await GetAsync(group.Choice);
            foreach (var socket in sockets)
            {
                socket.OfferTop(group, frame);
            }
        }
        catch (Exception e)
        {
            // The next one comes after the interval; while the roll-up is away, snapshots stand still as well and say so.
            _instruments.RankingFailed();
            _logger.RankingFailed(e.Reason());
        }
    }
}

/// <summary>The sockets that want one ranking, each with the tick at which it was answered. All members under the board's lock.</summary>
internal sealed class TopGroup(TopChoice choice)
{
    public TopChoice Choice => choice;

    public Dictionary<MetricsSocket, long> Sockets { get; } = [];

    /// <summary>The sockets whose turn came in (after, upTo].</summary>
    public List<MetricsSocket> Due(long after, long upTo)
    {
        var interval = choice.Query.IntervalSeconds;
        return [.. Sockets.Where(s => Turns(upTo - s.Value) > Math.Max(Turns(after - s.Value), 0)).Select(s => s.Key)];

        long Turns(long seconds) => seconds / interval;
    }
}
