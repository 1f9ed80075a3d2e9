using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(OwnGateways.Name)]
public sealed class TotalsTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_requests_of_mixed_status_give_exactly_those_totals()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        (await client.ReceiveAsync()).AssertCounts(new Tally(0, 0, 0));

        var sent = await Traffic.SendAsync(rig.Gateway.Http, 10_000, Traffic.MixedPaths, Cancelled);

        // 200, 204, 200 with a body, 200 after a while; 404 twice, 500, 503, 502; 301 is neither.
        Assert.Equal(new Tally(10_000, 4_000, 5_000), sent);
        var settled = await client.ReceiveSettledAsync(sent.Total);
        settled.AssertCounts(sent);
        Assert.Equal(44.44, settled.GetProperty("success_rate").GetDouble());
        Assert.True(settled.GetProperty("avg_response_time").GetDouble() > 0);
        Assert.Equal(0, settled.Count("active_connections"));
    }

    [Fact]
    public async Task Requests_to_Kairos_itself_are_not_counted()
    {
        await using var rig = await GatewayRig.StartAsync();
        string[] own = ["health/live", "health/ready"];

        await Traffic.SendAsync(rig.Gateway.Http, 50, own, Cancelled);
        for (var i = 0; i < 5; i++)
        {
            await using var other = await MetricsClient.ConnectAsync(rig.Gateway.Port);
            await other.ReceiveAsync();
        }

        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        var first = await client.ReceiveAsync();
        var later = await client.ReceiveTickAsync(first.Tick() + 2);
        later.AssertCounts(new Tally(0, 0, 0));
        Assert.Equal(100, later.GetProperty("success_rate").GetDouble());
        Assert.Equal(0, later.GetProperty("avg_response_time").GetDouble());
    }

    [Fact]
    public async Task Totals_and_history_survive_a_graceful_restart_and_a_kill()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var watcher = new TotalsWatcher(() => rig.Gateway.Port);
        var (sent, beforeStop) = await SendAndSettleAsync(rig, new Tally(0, 0, 0));

        Assert.Equal(0, await rig.Gateway.TerminateAsync());
        await rig.StartGatewayAsync();
        await AssertRestoredAsync(rig, sent, beforeStop);

        (sent, var beforeKill) = await SendAndSettleAsync(rig, sent);
        await rig.KillGatewayAsync();
        await rig.StartGatewayAsync();
        await AssertRestoredAsync(rig, sent, beforeStop, beforeKill);

        (sent, _) = await SendAndSettleAsync(rig, sent);
        await Wait.UntilAsync(() => watcher.Totals.Contains(sent.Total), () => "the watcher saw the last total");
        watcher.AssertNeverFell();
    }

    [Fact]
    public async Task Kill_under_traffic_loses_the_last_moments_at_most_and_doubles_nothing()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var watcher = new TotalsWatcher(() => rig.Gateway.Port);
        var (settled, _) = await SendAndSettleAsync(rig, new Tally(0, 0, 0));

        var sending = Traffic.SendUntilGoneAsync(rig.Gateway.Http, "d/status/200", Cancelled);
        await Wait.UntilAsync(
            () => watcher.Totals.Count(total => total > settled.Total) >= 5, () => "five ticks of the new traffic");
        await rig.KillGatewayAsync();
        // A report period and a storage write are allowed; three ticks before the last one seen are far more.
        var durable = watcher.Totals[^4];
        var begun = await sending;
        await rig.StartGatewayAsync();

        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        var first = await client.ReceiveAsync();
        var later = await client.ReceiveTickAsync(first.Tick() + 3);
        Assert.InRange(first.Total(), durable, settled.Total + begun);
        Assert.Equal(first.Total(), later.Total());
    }

    /// <summary>All that was sent to the rig so far, and the tick of a Snapshot that showed it.</summary>
    private static async Task<(Tally Sent, long Tick)> SendAndSettleAsync(GatewayRig rig, Tally former)
    {
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        var sent = former + await Traffic.SendAsync(rig.Gateway.Http, 500, Traffic.MixedPaths, Cancelled);
        var settled = await client.ReceiveSettledAsync(sent.Total);
        settled.AssertCounts(sent);
        // Durable after a kill is promised once traffic has been still for two seconds.
        var still = await client.ReceiveTickAsync(settled.Tick() + 1);
        return (sent, still.Tick());
    }

    private static async Task AssertRestoredAsync(GatewayRig rig, Tally sent, params long[] ticksBefore)
    {
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        var first = await client.ReceiveAsync();
        first.AssertCounts(sent);

        await client.SendAsync("""{"metrics":["requests_total"],"include_history":true}""");
        var history = await client.ReceiveAsync(e => e.Type() == "TimeSeries", "history");
        var ticks = history.GetProperty("data_points").EnumerateArray().Select(point => point.Tick()).ToHashSet();
        // The newest tick before a restart may be in no step of its own, so each needs a point near it.
        Assert.All(ticksBefore, tick => Assert.Contains(ticks, known => Math.Abs(known - tick) <= 5));
        (await client.ReceiveTickAsync(first.Tick() + 2)).AssertTotal(sent.Total);
    }
}
