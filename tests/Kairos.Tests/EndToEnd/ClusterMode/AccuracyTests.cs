using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// What a cluster of processes shows of requests whose durations were measured on either side of the gateways: in the destination, which is
/// a part of what a gateway measures, and in the client, of which that is a part. Each exact percentile of a gateway's own durations lies
/// between the two, and what is shown within 1 % of it, however busy the machine is. KAIROS_ACCURACY_REQUESTS sets how many are sent.
/// </summary>
[Collection(ClusterProcesses.Name)]
public sealed class AccuracyTests
{
    /// <summary>Requests that are over within a minute, so that an interval has all of them.</summary>
    private const int OfAMinute = 3_000;

    // Few a second of long ones: the gateway's own part, by which the two sides differ, is small beside a duration.
    private const int Concurrency = 96;
    private const double ErrorMax = 0.01;

    // Seconds: made up of the points of a minute, and of those of a second alone.
    private static readonly int[] StepUnits = [60, 61];

    private static readonly int Requests = RunSettings.Number("KAIROS_ACCURACY_REQUESTS") ?? 10_000;
    private static readonly string Metrics = string.Join(',', ExactPercentiles.Metrics.Keys.Prepend("requests_total"));

    private readonly ConcurrentBag<(string Of, double Seconds)> _sent = [];
    private readonly Random _random = new(5900);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Percentiles_of_real_requests_over_three_gateways_lie_between_those_of_the_destination_and_of_the_client()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 2, gateways: 3);
        await using var client = await MetricsClient.ConnectAsync(rig.Nodes[0].Port);
        await client.SendAsync("""{"metrics":["requests_total","requests_per_second"],"interval_seconds":1}""");
        var answer = await client.ReceiveAsync(e => e.IsSnapshotOf("requests_total", "requests_per_second"), "the answer");
        answer.AssertTotal(0);
        rig.AddInvented(new Tally(Requests, Requests, 0));

        await SendAsync(rig, Math.Min(Requests, OfAMinute));
        foreach (var (node, scope, bounds) in Views(rig))
            bounds.AssertHold(OfTheLastMinute(await CountedAsync(node, scope, bounds), bounds), $"a minute of {scope} by {node.Id}");

        await SendAsync(rig, Requests - _sent.Count);
        await AssertEachInOneFrameAsync(client, answer.Tick());
        foreach (var (node, scope, bounds) in Views(rig))
        {
            var newest = await CountedAsync(node, scope, bounds);
            foreach (var unit in StepUnits)
                bounds.AssertHold(await HistoryAsync(node, scope, unit, answer.Tick(), newest.Tick(), bounds), $"the history in steps of {unit} s of {scope} by {node.Id}");
        }

        TestLog.Write($"accuracy: {Requests} requests, {BoundsOf(rig, _ => true)}");
        await using var access = await ClusterAccess.ConnectAsync(rig);
        foreach (var (_, scope, bounds) in Views(rig).DistinctBy(view => view.Scope))
            bounds.AssertHold(await DurationsAsync(access, scope, bounds), $"all of {scope}");
    }

    /// <summary>Every node, each with every scope that the requests so far were counted in.</summary>
    private IEnumerable<(GatewayNode Node, Scope Scope, Bounds Bounds)> Views(ClusterRig rig)
    {
        var all = BoundsOf(rig, _ => true);
        (Scope Scope, Bounds Bounds)[] scopes =
        [
            (Scope.Cluster, all), (new Scope(ScopeKind.Route, "d"), all), (Scope.OfDestination("d", "d1"), all),
            .. rig.Nodes.Select(node => (new Scope(ScopeKind.Node, node.Id), BoundsOf(rig, of => of == node.Id))),
        ];
        return from node in rig.Nodes
               from scope in scopes
               select (node, scope.Scope, scope.Bounds);
    }

    private Bounds BoundsOf(ClusterRig rig, Func<string, bool> counts) => new(
        rig.Destination.Timed.Where(timed => counts(timed.Of)).Select(timed => timed.Seconds), _sent.Where(sent => counts(sent.Of)).Select(sent => sent.Seconds));

    private async Task SendAsync(ClusterRig rig, int count)
    {
        var requests = Enumerable.Range(0, count).Select(_ => (Node: rig.Nodes[(int)(rig.Nodes.Count * Math.Pow(_random.NextDouble(), 2))], Ms: Delay())).ToArray();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = Cancelled };
        await Parallel.ForEachAsync(requests, options, async (request, _) =>
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"d/timed?ms={request.Ms}&of={request.Node.Id}");
            _sent.Add((request.Node.Id, await TimedRequest.SendAsync(request.Node.Port, path)));
        });
    }

    /// <summary>200 to 2,000 ms, most of them short.</summary>
    private int Delay() => 200 + (int)(1_800 * Math.Pow(_random.NextDouble(), 6));

    /// <summary>The client keeps up, so that its frames cover all seconds, each once.</summary>
    private static async Task AssertEachInOneFrameAsync(MetricsClient client, long tick)
    {
        var (counted, total) = (0L, 0L);
        while (total < Requests)
        {
            var frame = await client.ReceiveSnapshotAsync();
            counted += (long)Math.Round(frame.GetProperty("requests_per_second").GetDouble() * (frame.Tick() - tick));
            (tick, total) = (frame.Tick(), frame.Total());
            Assert.Equal(total, counted);
        }

        Assert.Equal(Requests, total);
    }

    /// <summary>A node's newest second of a scope, once it has all requests.</summary>
    private static async Task<JsonElement> CountedAsync(GatewayNode node, Scope scope, Bounds bounds)
    {
        JsonElement answer = default;
        long Total() => answer.GetProperty("metrics").Total();
        await Wait.UntilAsync(
            async () =>
            {
                answer = await node.Process.Http.GetApiAsync($"snapshot?interval_seconds=60&scope={ParameterOf(scope)}");
                return Total() >= bounds.Count;
            },
            () => $"{bounds.Count} requests of {scope} by {node.Id}; there is {answer}");
        Assert.Equal(bounds.Count, Total());
        return answer;
    }

    private static Dictionary<string, double> OfTheLastMinute(JsonElement answer, Bounds bounds)
    {
        var metrics = answer.GetProperty("metrics");
        var inInterval = metrics.GetProperty("requests_per_second").GetDouble() * answer.GetProperty("interval_seconds").GetDouble();
        Assert.Equal(bounds.Count, Math.Round(inInterval));
        return ExactPercentiles.Metrics.Keys.ToDictionary(name => name, name => metrics.GetProperty(name).GetDouble());
    }

    /// <summary>The whole run in one point: of as few units as it lies in.</summary>
    private static async Task<Dictionary<string, double>> HistoryAsync(GatewayNode node, Scope scope, int unit, long fromTick, long toTick, Bounds bounds)
    {
        var step = Enumerable.Range(1, int.MaxValue / unit).Select(units => units * unit).First(step => fromTick / step == (toTick - 1) / step);
        var answer = await node.Process.Http.GetApiAsync($"history?metric={Metrics}&scope={ParameterOf(scope)}&step={step}&from={fromTick}&to={toTick}");
        var points = answer.GetProperty("series").EnumerateArray().ToDictionary(
            series => series.GetProperty("metric_name").GetString()!,
            series => Assert.Single(series.GetProperty("data_points").EnumerateArray()).GetProperty("value").GetDouble());
        Assert.Equal(bounds.Count, points["requests_total"]);
        return points;
    }

    /// <summary>As the cluster itself has them, since it began.</summary>
    private static async Task<Dictionary<string, double>> DurationsAsync(ClusterAccess access, Scope scope, Bounds bounds)
    {
        var series = access.Grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope);
        var durations = (await series.GetSnapshotsAsync(scope, 0, follows: false))[^1].Durations;
        Assert.Equal(bounds.Count, durations.Count);
        return ExactPercentiles.Metrics.ToDictionary(metric => metric.Key, metric => durations.Quantile(metric.Value) * 1_000);
    }

    private static string ParameterOf(Scope scope) => scope == Scope.Cluster ? "cluster" : $"{scope.KindName}/{scope.Name}";

    /// <summary>Durations on either side of the gateways.</summary>
    private sealed class Bounds(IEnumerable<double> inDestination, IEnumerable<double> inClient)
    {
        private readonly ExactPercentiles _least = new(inDestination);
        private readonly ExactPercentiles _most = new(inClient);

        public int Count => _most.Count;

        /// <summary>What is shown, in milliseconds by the name of the metric, lies between them.</summary>
        public void AssertHold(Dictionary<string, double> shown, string what)
        {
            Assert.Equal(_least.Count, _most.Count);
            foreach (var (name, quantile) in ExactPercentiles.Metrics)
            {
                var (least, most) = (1_000 * _least[quantile] * (1 - ErrorMax), 1_000 * _most[quantile] * (1 + ErrorMax));
                Assert.True(shown[name] >= least && shown[name] <= most, $"{what}: {name} is {shown[name]}; expected {this}");
            }
        }

        public override string ToString() => string.Join(", ", ExactPercentiles.Metrics.Select(metric => string.Create(
            CultureInfo.InvariantCulture, $"{metric.Key} between {1_000 * _least[metric.Value]:F1} and {1_000 * _most[metric.Value]:F1} ms")));
    }
}
