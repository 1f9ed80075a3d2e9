using System.Text.Json;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Scopes, rankings and intervals, with names that nobody should choose.</summary>
[Collection(OwnGateways.Name)]
public sealed class ScopeTests
{
    // Quotes, markup, a backslash, a slash, a new line, emoji, a trailing blank, a name that looks like a path to somewhere else, and one like JSON; .NET's configuration knows no colon in a name.
    private static readonly string[] Hostile = ["a\"b<script>\\c", "x/y?z=1&q#%2F", "line\nbreak\u0007", "😀 ", "../../etc/passwd", "[{'route' \"d\"}]"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Routes_of_any_name_are_counted_shown_ranked_and_kept_over_a_restart()
    {
        await using var rig = await GatewayRig.CreateAsync();
        rig.Workspace.WriteSettings(ProxySettings.To(rig.Destination.Address, [.. Hostile.Select((id, i) => new ProxyRoute(id, $"/r{i}/{{**rest}}", "d"))]));
        await rig.StartGatewayAsync();
        for (var i = 0; i < Hostile.Length; i++)
            await Traffic.SendAsync(rig.Gateway.Http, 10 * (i + 1), [$"r{i}/anything"], Cancelled);

        await using (var client = await MetricsClient.ConnectAsync(rig.Gateway.Port))
        {
            await client.SendAsync("""{"top":{"of":"routes","by":"requests_total","n":200}}""");
            var expected = Hostile.Select((id, i) => (id, 10L * (i + 1))).Reverse();
            var top = await client.ReceiveAsync(e => e.Type() == "TopN" && Items(e).Any(item => item.Value == 60), "the ranking");
            Assert.Equal(expected, Items(top).Where(item => item.Value > 0));
        }

        await AssertShownAsync(rig.Gateway);
        Assert.Equal(0, await rig.Gateway.TerminateAsync());
        await rig.StartGatewayAsync();
        await AssertShownAsync(rig.Gateway);
    }

    [Fact]
    public async Task Each_request_is_in_exactly_one_frame_of_a_client_that_keeps_up()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var client = await MetricsClient.ConnectAsync(rig.Gateway.Port);
        await client.SendAsync("""{"metrics":["requests_total","requests_per_second"],"interval_seconds":2}""");
        var first = await client.ReceiveAsync(e => e.TryGetProperty("requests_per_second", out _), "the answer");
        Assert.Equal(0, first.Total());
        var sending = Traffic.SendAsync(rig.Gateway.Http, 3_000, ["d/slow?ms=9", "d/status/200"], Cancelled);
        var (sum, last) = (0.0, first);
        while (last.Total() < 3_000)
        {
            var next = await client.ReceiveSnapshotAsync();
            sum += next.GetProperty("requests_per_second").GetDouble() * (next.Tick() - last.Tick());
            last = next;
        }

        // Rates have two decimals.
        Assert.Equal((await sending).Total, sum, 1.0);
    }

    private static async Task AssertShownAsync(GatewayProcess gateway)
    {
        for (var i = 0; i < Hostile.Length; i++)
        {
            await using var client = await MetricsClient.ConnectAsync(gateway.Port);
            var scope = JsonSerializer.Serialize(new { route = Hostile[i] });
            await client.SendAsync($$"""{"metrics":["requests_total"],"scope":{{scope}},"include_history":true}""");
            var total = 10 * (i + 1);
            var history = await client.ReceiveAsync(e => e.Type() == "TimeSeries", "history");
            Assert.Equal(total, history.GetProperty("data_points").EnumerateArray().Last().GetProperty("value").GetDouble());
            Assert.Equal(total, (await client.ReceiveSnapshotAsync()).Total());
            var answer = await gateway.Http.GetApiAsync($"snapshot?scope={Uri.EscapeDataString("route/" + Hostile[i])}");
            Assert.Equal((Hostile[i], total), (answer.GetProperty("scope").GetProperty("route").GetString(), answer.GetProperty("metrics").GetProperty("requests_total").GetInt64()));
        }
    }

    private static IEnumerable<(string Route, long Value)> Items(JsonElement top) =>
        top.GetProperty("items").EnumerateArray().Select(item => (item.GetProperty("scope").GetProperty("route").GetString()!, item.GetProperty("value").GetInt64()));
}
