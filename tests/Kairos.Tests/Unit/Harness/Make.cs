using Kairos.Grains;

namespace Kairos.Tests.Unit;

/// <summary>Reports, ticks and counters in short.</summary>
internal static class Make
{
    /// <summary>A tick to count from.</summary>
    public const long Tick = 1_700_000_000;

    public const string SessionId = "3f1b5c0e9d6a4f2c8b7e";

    /// <summary>Nodes in processes of their own.</summary>
    public static readonly NodeLifetime Cluster = new(EndsWithSilo: false);

    /// <summary>Of a rollup that asks a shard for the first time.</summary>
    public static readonly ShardCursor FirstCursor = new(Guid.Empty, -1, -1, -1);

    public static readonly SeriesKey Key = new("orders", "shop", "shop/1");

    /// <summary>Timed requests of 1 ms each.</summary>
    public static RequestCounters Counters(long successes, long errors = 0) =>
        new(0, successes, 0, 0, errors, 0, successes + errors, 1_000 * (successes + errors));

    public static Sketch Sketch(params (int Bucket, long Count)[] counts)
    {
        var sketch = new Sketch();
        foreach (var (bucket, count) in counts)
            sketch.Add(bucket, count);
        return sketch;
    }

    /// <summary>A tick in which the one series rose to <paramref name="successes"/>.</summary>
    public static TickReport Report(long tick, long successes, int inFlight = 0) =>
        new(tick, new Gauges(inFlight, Gateways: 1), successes == 0 ? [] : [new SeriesReport(Key, Counters(successes), Sketch((700, successes)))]);

    public static NodeReport Node(string node, Guid incarnation, long closedTick, params TickReport[] ticks) =>
        new(node, incarnation, closedTick, false, ticks);

    /// <summary>What was added in a tick: requests of the one series on gw-1, and nodes gw-1 and so on, the first of which has all that is in flight.</summary>
    public static ShardTick ShardTick(long tick, long successes, int inFlight = 0, int nodes = 1) => new(
        tick,
        [.. Enumerable.Range(1, nodes).Select(i => new TickNode($"gw-{i}", new Gauges(i == 1 ? inFlight : 0, Gateways: 1)))],
        successes == 0 ? [] : Parts(Key, "gw-1", successes));

    /// <summary>Both parts in which requests of 1 ms count.</summary>
    public static IReadOnlyList<PartCounts> Parts(SeriesKey series, string node, long successes) =>
        [new(PartKey.Of(series), Counts(successes)), new(PartKey.OfNode(node), Counts(successes))];

    public static Counts Counts(long successes) => new() { Counters = Counters(successes), Durations = Sketch((700, successes)) };

    public static ShardTicks Answer(params ShardTick[] ticks) =>
        new(true, long.MaxValue, new ShardCursor(Guid.Empty, 1, ticks.Length == 0 ? 0 : ticks[^1].Tick, 0), null, ticks);

    public static Snapshot Snapshot(long tick, long successes = 1, long generation = 1, int inFlight = 0) =>
        new(generation, tick, Counters(successes), new Gauges(inFlight, Gateways: 1), new Sketch());

    /// <summary>Of the first epoch, without an observer.</summary>
    public static SessionConnection Connection(string node, ISessionObserver? observer = null) => new(Guid.NewGuid(), 1, node, Tick, observer);

    public static SessionProgress Progress(int interval) => new(new Subscription(["requests_total"], interval), 0, 0, 0);

    public static SessionState Session(string id, long since, long epoch = 1, bool connected = true, int interval = 1) =>
        new(id, epoch, Guid.Empty, "gw-9", connected, since, Progress(interval));

    public static long Milliseconds(long tick) => tick * 1_000;
}
