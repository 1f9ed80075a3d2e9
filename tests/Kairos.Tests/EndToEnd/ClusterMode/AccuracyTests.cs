using System.Collections.Concurrent;
using System.Globalization;
using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// What a cluster of processes shows of requests whose durations were measured on either side of the gateways: in the destination, which is
/// a part of what a gateway measures, and in the client, of which that is a part. Each exact percentile of a gateway's own durations lies
/// between the two, and what is shown within 1 % of it, however busy the machine is.
/// </summary>
[Collection(ClusterProcesses.Name)]
public sealed class AccuracyTests
{
    private const int Requests = 6_000;
    private const int Concurrency = 96;
    private const double ErrorMax = 0.01;

    [Fact]
    public async Task Percentiles_of_real_requests_over_three_gateways_lie_between_those_of_the_destination_and_of_the_client()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 2, gateways: 3);
        await using var client = await MetricsClient.ConnectAsync(rig.Nodes[0].Port);
        await client.SendAsync("""{"metrics":["requests_total","requests_per_second"],"interval_seconds":1}""");
        var answer = await client.ReceiveAsync(e => e.IsSnapshotOf("requests_total", "requests_per_second"), "the answer");
        answer.AssertTotal(0);
        rig.AddInvented(new Tally(Requests, Requests, 0));
        var sent = await SendAsync(rig);

        await AssertEachInOneFrameAsync(client, answer.Tick());
        await using var access = await ClusterAccess.ConnectAsync(rig);
        foreach (var node in rig.Nodes)
            await AssertBetweenAsync(access, new Scope(ScopeKind.Node, node.Id), rig.Destination.Timed.Where(t => t.Of == node.Id).Select(t => t.Seconds), sent.Where(s => s.Of == node.Id).Select(s => s.Seconds));
        foreach (var scope in new[] { Scope.Cluster, new(ScopeKind.Route, "d"), Scope.OfDestination("d", "d1") })
            await AssertBetweenAsync(access, scope, rig.Destination.Timed.Select(t => t.Seconds), sent.Select(s => s.Seconds));
    }

    private static async Task<IReadOnlyCollection<(string Of, double Seconds)>> SendAsync(ClusterRig rig)
    {
        var sent = new ConcurrentBag<(string, double)>();
        var random = new Random(5900);
        var requests = Enumerable.Range(0, Requests).Select(_ => (Node: rig.Nodes[(int)(rig.Nodes.Count * Math.Pow(random.NextDouble(), 2))], Ms: Delay(random))).ToArray();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(requests, options, async (request, _) =>
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"d/timed?ms={request.Ms}&of={request.Node.Id}");
            sent.Add((request.Node.Id, await TimedRequest.SendAsync(request.Node.Port, path)));
        });
        return sent;
    }

    /// <summary>20 to 400 ms, most of them short.</summary>
    private static int Delay(Random random) => 20 + (int)(380 * Math.Pow(random.NextDouble(), 6));

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

    private static async Task AssertBetweenAsync(ClusterAccess access, Scope scope, IEnumerable<double> inDestination, IEnumerable<double> inClient)
    {
        var (least, most) = (new ExactPercentiles(inDestination), new ExactPercentiles(inClient));
        var series = access.Grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope);
        Snapshot? latest = null;
        await Wait.UntilAsync(
            async () => await series.GetSnapshotsAsync(scope, 0, follows: false) is [.., var newest] && (latest = newest).Counters.Requests >= most.Count,
            () => $"{most.Count} requests of {scope}; there is {latest}");
        Assert.Equal((least.Count, most.Count), ((int)latest!.Counters.Requests, (int)latest.Durations.Count));

        var history = new Sketch();
        foreach (var point in await access.GetHistoryAsync(scope, latest.Tick - 600, latest.Tick))
            history.Add(point.Durations ?? new Sketch());
        foreach (var (name, quantile) in ExactPercentiles.Metrics)
        {
            foreach (var shown in new[] { latest.Durations.Quantile(quantile), history.Quantile(quantile) })
                Assert.InRange(shown, least[quantile] * (1 - ErrorMax), most[quantile] * (1 + ErrorMax));
        }
    }
}
