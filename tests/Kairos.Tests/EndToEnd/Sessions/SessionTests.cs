using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Sessions on one gateway, as their clients see them.</summary>
[Collection(SharedGateway.Name)]
public sealed class SessionTests(SharedGateway shared)
{
    private const WebSocketCloseStatus TakenOver = (WebSocketCloseStatus)4001;
    private const WebSocketCloseStatus ClosedByOperator = (WebSocketCloseStatus)4002;
    private const int TakeOversMax = 10;
    private const string OnRoute = """{"metrics":["requests_total"],"interval_seconds":1,"scope":{"route":"d"}}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_session_is_told_its_id_then_Snapshots_with_their_tick_last()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port, "?session=new");

        var session = await client.ReceiveSessionAsync();
        var snapshots = await client.ReceiveSnapshotsAsync(3);

        Assert.Equal(["type", "session_id", "resumed", "recovered", "subscription", "first_tick", "reason"], session.FieldNames());
        Assert.Equal((false, false, "The session is new"), (session.GetProperty("resumed").GetBoolean(), session.GetProperty("recovered").GetBoolean(), session.Reason()));
        Assert.Matches("^[A-Za-z0-9_-]{16,64}$", session.GetProperty("session_id").GetString());
        Assert.Equal(["type", "timestamp", .. MetricsEvents.GuideMetrics, "tick"], snapshots[0].FieldNames());
        SessionFrames.AssertGrid(snapshots, session.Count("first_tick"));
    }

    [Fact]
    public async Task Whoever_comes_back_gets_exactly_the_ticks_that_he_missed_and_then_the_live_ones()
    {
        var (id, last) = (SessionFrames.NewId(), 0L);
        await using (var client = await MetricsClient.ConnectAsync(shared.Port, SessionFrames.Query(id)))
        {
            await client.ReceiveSessionAsync();
            last = (await client.ReceiveSnapshotsAsync(3))[^1].SessionTick();
        }

        await Traffic.SendAsync(shared.Gateway.Http, 40, ["d/status/200", "d/status/500"], Cancelled);
        await WaitForTickAsync(last + 5);
        await using var again = await MetricsClient.ConnectAsync(shared.Port, SessionFrames.Query(id, last));

        var session = await again.ReceiveRecoveredAsync();
        Assert.Equal(["type", "session_id", "resumed", "recovered", "subscription"], session.FieldNames());
        var snapshots = await again.ReceiveSnapshotsAsync(9);
        SessionFrames.AssertGrid(snapshots, last + 1);
        await AssertAsInHistoryAsync("cluster", last, snapshots);
    }

    [Fact]
    public async Task An_interval_of_five_seconds_stays_on_its_grid_across_a_return_and_so_does_the_route()
    {
        const string Subscription = """{"metrics":["requests_total","requests_per_second"],"interval_seconds":5,"scope":{"route":"d"}}""";
        var (id, last) = (SessionFrames.NewId(), 0L);
        await using (var client = await MetricsClient.ConnectAsync(shared.Port, SessionFrames.Query(id)))
            last = await client.SubscribeAsync(Subscription);

        await Traffic.SendAsync(shared.Gateway.Http, 40, ["d/status/200"], Cancelled);
        await WaitForTickAsync(last + 7);
        await using var again = await MetricsClient.ConnectAsync(shared.Port, SessionFrames.Query(id, last));

        Assert.Equal(Subscription, (await again.ReceiveRecoveredAsync()).GetProperty("subscription").GetRawText());
        var snapshots = await again.ReceiveSnapshotsAsync(3);
        SessionFrames.AssertGrid(snapshots, last + 5, 5);
        Assert.All(snapshots, snapshot => Assert.Equal(["type", "timestamp", "requests_total", "requests_per_second", "tick"], snapshot.FieldNames()));
        Assert.Contains(snapshots, snapshot => snapshot.GetProperty("requests_per_second").GetDouble() > 0);
        await AssertAsInHistoryAsync("route/d", last, snapshots);
    }

    [Fact]
    public async Task A_second_connection_takes_over_where_the_first_stands_which_is_closed_with_4001()
    {
        var id = SessionFrames.NewId();
        await using var first = await MetricsClient.ConnectAsync(shared.Port, SessionFrames.Query(id));
        var last = await first.SubscribeAsync(OnRoute);
        await SessionFrames.WaitUntilKnownAsync(shared.Gateway.Http, id, OnRoute);

        await using var second = await MetricsClient.ConnectAsync(shared.Port, SessionFrames.Query(id, last));

        Assert.Equal(OnRoute, (await second.ReceiveRecoveredAsync()).GetProperty("subscription").GetRawText());
        Assert.Equal(TakenOver, await first.WaitForCloseAsync());
        SessionFrames.AssertGrid(await second.ReceiveSnapshotsAsync(3), last + 1);
    }

    [Fact]
    public async Task Eleven_take_overs_in_a_minute_are_one_too_many()
    {
        var (id, query) = (SessionFrames.NewId(), "");
        query = SessionFrames.Query(id);
        var former = await MetricsClient.ConnectAsync(shared.Port, query);
        await former.ReceiveSnapshotAsync();
        for (var i = 0; i < TakeOversMax; i++)
        {
            var next = await MetricsClient.ConnectAsync(shared.Port, query);
            await next.ReceiveSessionAsync();
            Assert.Equal(TakenOver, await former.WaitForCloseAsync());
            await former.DisposeAsync();
            former = next;
        }

        await using (former)
        {
            var (status, sentence, retryAfter) = await SessionFrames.RefusalAsync(shared.Gateway.Http, query);

            Assert.Equal((429, "Other connections take this session over too often: another client has the same id."), (status, sentence));
            Assert.InRange(retryAfter!.Value.TotalSeconds, 1, 60);
            await former.ReceiveSnapshotsAsync(2);
        }
    }

    [Fact]
    public async Task Whoever_is_closed_by_an_operator_gets_4002_and_is_not_known_when_he_comes_back()
    {
        var id = SessionFrames.NewId();
        await using var client = await MetricsClient.ConnectAsync(shared.Port, SessionFrames.Query(id));
        var last = await client.SubscribeAsync(OnRoute);
        await Wait.UntilAsync(async () => (await shared.Gateway.Http.GetApiAsync("sessions?limit=1000")).ToString().Contains(id, StringComparison.Ordinal), () => "the session in the list");

        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync(id));
        Assert.Equal(ClosedByOperator, await client.WaitForCloseAsync());
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(id));
        await using var again = await MetricsClient.ConnectAsync(shared.Port, SessionFrames.Query(id, last));

        var session = await again.ReceiveSessionAsync();
        Assert.False(session.GetProperty("resumed").GetBoolean());
        Assert.StartsWith("The session is not known", session.Reason(), StringComparison.Ordinal);
        Assert.False(session.GetProperty("subscription").TryGetProperty("scope", out _), $"{session}");
        SessionFrames.AssertGrid(await again.ReceiveSnapshotsAsync(2), session.Count("first_tick"));
    }

    [Theory]
    [InlineData("?session=0123456789abcde", "Parameter `session` is '0123456789abcde'; it must be new, or an id of 16 to 64 letters, digits, dashes or underscores.")]
    [InlineData("?session=01234567890123456789012345678901234567890123456789012345678901234", "Parameter `session` is '0123456789")]
    [InlineData("?session=0123456789abcd.f", "Parameter `session` is '0123456789abcd.f'; it must be new,")]
    [InlineData("?session=", "Parameter `session` is ''; it must be new,")]
    [InlineData("?last_tick=1", "Parameter `last_tick` is of a session: it goes with the id of one, as in session=")]
    [InlineData("?session=new&last_tick=1", "Parameter `last_tick` is of a session: it goes with the id of one, as in session=")]
    [InlineData("?session=0123456789abcdef&last_tick=-1", "Parameter `last_tick` is '-1'; it must be the tick of a Snapshot: Unix seconds, 0 to ")]
    [InlineData("?session=0123456789abcdef&last_tick=soon", "Parameter `last_tick` is 'soon'; it must be the tick of a Snapshot: Unix seconds, 0 to ")]
    [InlineData("?session=0123456789abcdef&last_tick=1.5", "Parameter `last_tick` is '1.5'; it must be the tick of a Snapshot: Unix seconds, 0 to ")]
    [InlineData("?session=0123456789abcdef&last_tick=99999999999999999999", "Parameter `last_tick` is '99999999999999999999'; it must be the tick of a Snapshot: Unix seconds, 0 to ")]
    public async Task Bad_parameters_are_refused_with_400_and_a_sentence(string query, string beginning)
    {
        var (status, sentence, _) = await SessionFrames.RefusalAsync(shared.Gateway.Http, query);
        Assert.Equal(400, status);
        Assert.StartsWith(beginning, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_last_tick_of_the_future_is_refused()
    {
        // Far enough that a second may end meanwhile.
        var ahead = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 8;
        var (status, sentence, _) = await SessionFrames.RefusalAsync(shared.Gateway.Http, SessionFrames.Query(SessionFrames.NewId(), ahead));
        Assert.Equal(400, status);
        Assert.EndsWith("(this node's clock and 5 s).", sentence, StringComparison.Ordinal);
    }

    private async Task<HttpStatusCode> DeleteAsync(string id)
    {
        using var response = await shared.Gateway.Http.DeleteAsync(new Uri($"kairos/api/sessions/{id}", UriKind.Relative), Cancelled);
        return response.StatusCode;
    }

    private Task WaitForTickAsync(long tick) => Wait.UntilAsync(
        async () => (await shared.Gateway.Http.GetApiAsync("snapshot")).Tick() >= tick,
        () => $"tick {tick}");

    private async Task AssertAsInHistoryAsync(string scope, long afterTick, IReadOnlyList<JsonElement> snapshots)
    {
        // Nothing more is counted in a second a few seconds later.
        await WaitForTickAsync(snapshots[^1].SessionTick() + 2);
        var history = await shared.Gateway.Http.GetApiAsync($"history?metric=requests_total&scope={scope}&step=1&from={afterTick}&to={snapshots[^1].SessionTick()}");
        var points = history.GetProperty("series")[0].GetProperty("data_points").EnumerateArray().ToDictionary(MetricsEvents.Tick, point => (long)point.GetProperty("value").GetDouble());
        Assert.All(snapshots, snapshot => Assert.Equal(points[snapshot.SessionTick()], snapshot.Total()));
    }
}
