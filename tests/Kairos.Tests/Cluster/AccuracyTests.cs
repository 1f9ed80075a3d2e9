using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.Cluster;

/// <summary>Percentiles of every scope, wherever they are asked for, against the exact ones of the same requests.</summary>
[Collection(SilosInThisProcess.Name)]
public sealed class AccuracyTests
{
    private const int Requests = 100_000;
    private const double ErrorMax = 0.01;

    private static readonly string[] Nodes = ["gw-1", "gw-2", "gw-3"];

    private static readonly SeriesKey[] Keys =
    [
        new("orders", "shop", "shop/1"), new("orders", "shop", "shop/2"), new("carts", "shop", "shop/1"), new("search", "index", "index/1"), new("images", "files", "files/1"),
    ];

    [Fact]
    public async Task Percentiles_Of100000RequestsOver3Nodes_AreWithin1PercentInEveryScope()
    {
        await using var silo = await SiloBed.StartAsync();
        await using var first = await NodeBed.StartAsync(silo, Nodes[0]);
        await using var second = await NodeBed.StartAsync(silo, Nodes[1]);
        await using var third = await NodeBed.StartAsync(silo, Nodes[2]);
        await silo.SnapshotAsync(snapshot => snapshot.Gauges.Gateways == Nodes.Length);
        var exact = (await RecordAsync([first, second, third])).ToDictionary(scope => scope.Key, scope => new ExactPercentiles(scope));
        Assert.Equal(Requests, exact[Scope.Cluster].Count);

        foreach (var (scope, expected) in exact)
        {
            var snapshot = await Eventually.GetAsync(
                async () => await silo.Series.GetSnapshotsAsync(scope, 0, follows: false) is [.., var newest] ? newest : null, latest => latest?.Counters.Requests >= expected.Count);
            AssertClose($"snapshot of {scope}", expected, ReadingOf(snapshot!));
            AssertClose($"history of {scope}", expected, await ReadHistoryAsync(silo, scope, snapshot!.Tick));
        }

        foreach (var kind in new[] { ScopeKind.Route, ScopeKind.Destination, ScopeKind.Node })
            await AssertRankingAsync(silo, kind, exact);
    }

    /// <summary>Records over a few ticks; the durations, by scope.</summary>
    private static async Task<ILookup<Scope, double>> RecordAsync(NodeBed[] nodes)
    {
        var random = new Random(5900);
        var recorded = new List<(Scope Scope, double Seconds)>(4 * Requests);
        for (var i = 0; i < Requests; i++)
        {
            // Node and series are unevenly busy, and each series has its own speed.
            var (node, series) = ((int)(nodes.Length * Math.Pow(random.NextDouble(), 2)), (int)(Keys.Length * Math.Pow(random.NextDouble(), 2)));
            var seconds = Duration(random) * (1 + series);
            nodes[node].Record(Keys[series], seconds);
            Scope[] scopes = [Scope.Cluster, new(ScopeKind.Route, Keys[series].Route), Scope.OfDestination(Keys[series].Cluster, Keys[series].Destination), new(ScopeKind.Node, Nodes[node])];
            recorded.AddRange(scopes.Select(scope => (scope, seconds)));
            if (i % (Requests / 20) == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(150), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        return recorded.ToLookup(request => request.Scope, request => request.Seconds);
    }

    /// <summary>Log-normal around 8 ms; one in fifty is of a slower kind, one in five hundred waits for seconds.</summary>
    private static double Duration(Random random)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return random.Next(500) switch
        {
            0 => 0.5 / Math.Max(random.NextDouble(), 0.05),
            <= 10 => 0.2 * Math.Exp(normal / 2),
            _ => 0.008 * Math.Exp(normal * 0.9),
        };
    }

    private static Reading ReadingOf(Snapshot snapshot) => Reading.Of(snapshot, new Snapshot(0, 0, default, default, new Sketch()));

    private static async Task<Reading> ReadHistoryAsync(SiloBed silo, Scope scope, long tick)
    {
        // One step with all of it: whole minutes, from the epoch to far ahead.
        var point = Assert.Single((await silo.Series.GetHistoryAsync(new HistoryQuery(scope, tick - 600, tick, 60 * 33_000_000, PointsMax: 600, WithDurations: true))).Points);
        return Reading.Of(point);
    }

    private static async Task AssertRankingAsync(SiloBed silo, ScopeKind kind, Dictionary<Scope, ExactPercentiles> exact)
    {
        const int Seconds = 60;
        string[] names = ["requests_per_second", .. ExactPercentiles.Metrics.Keys];
        var wanted = names.Select(name => MetricTable.Find(name)!.Value).Aggregate((a, b) => a | b);
        var rows = (await silo.Series.GetTopAsync(new TopQuery(kind, "response_time_p99", wanted.Bits, TopQuery.CountMax, Seconds))).Rows;
        Assert.Equal(exact.Keys.Where(scope => scope.Kind == kind).Select(scope => scope.Name).Order(), rows.Select(row => row.Name).Order());
        Assert.Equal(rows.Select(row => row.Value).OrderDescending(), rows.Select(row => row.Value));
        foreach (var row in rows)
        {
            var expected = exact[new Scope(kind, row.Name)];
            Metric[] metrics = [.. wanted.Metrics];
            Assert.Equal(expected.Count, Math.Round(row.Values[Array.FindIndex(metrics, metric => metric.Name == "requests_per_second")] * Seconds));
            foreach (var (name, quantile) in ExactPercentiles.Metrics)
                AssertClose($"{name} of {row.Name} in the ranking", expected[quantile], row.Values[Array.FindIndex(metrics, metric => metric.Name == name)]);
        }
    }

    private static void AssertClose(string what, ExactPercentiles expected, Reading reading)
    {
        Assert.Equal((expected.Count, (long)expected.Count), (reading.Counters.Requests, reading.Added.Requests));
        foreach (var (name, quantile) in ExactPercentiles.Metrics)
            AssertClose($"{name} in the {what}", expected[quantile], MetricTable.Find(name)!.Value.Metrics.Single().Value(reading));
    }

    private static void AssertClose(string what, double seconds, double milliseconds) =>
        Assert.True(Math.Abs(milliseconds - (seconds * 1_000)) <= seconds * 1_000 * ErrorMax, $"{what} is {milliseconds} ms; exactly it is {seconds * 1_000} ms");
}
