using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>What a client of a session reads, frame by frame.</summary>
internal static class SessionFrames
{
    private const int Attempts = 300;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>An id that nobody else has.</summary>
    public static string NewId() => Guid.NewGuid().ToString("N");

    public static string Query(string id, long? lastTick = null) => lastTick is null ? $"?session={id}" : $"?session={id}&last_tick={lastTick}";

    public static long SessionTick(this JsonElement snapshot) => snapshot.Count("tick");

    public static string Reason(this JsonElement session) => session.GetProperty("reason").GetString()!;

    /// <summary>The next frame, a Session event.</summary>
    public static async Task<JsonElement> ReceiveSessionAsync(this MetricsClient client)
    {
        var session = await client.ReceiveAsync();
        Assert.Equal("Session", session.Type());
        return session;
    }

    /// <summary>The first frame says that nothing is missing, and that the session and its subscription are those of before.</summary>
    public static async Task<JsonElement> ReceiveRecoveredAsync(this MetricsClient client)
    {
        var session = await client.ReceiveSessionAsync();
        Assert.True(session.GetProperty("resumed").GetBoolean() && session.GetProperty("recovered").GetBoolean(), $"{session}");
        return session;
    }

    /// <summary>The next Snapshots, heartbeats left out; nothing else may come between them.</summary>
    public static async Task<JsonElement[]> ReceiveSnapshotsAsync(this MetricsClient client, int count)
    {
        var snapshots = new List<JsonElement>();
        while (snapshots.Count < count)
        {
            var next = await client.ReceiveAsync();
            if (next.Type() == "Heartbeat")
                continue;
            Assert.True(next.IsSnapshot(), $"{next}");
            Assert.Equal(next.Tick(), next.SessionTick());
            snapshots.Add(next);
        }

        return [.. snapshots];
    }

    /// <summary>Subscribes, and takes the Session event and the first Snapshot of the new grid; its tick.</summary>
    public static async Task<long> SubscribeAsync(this MetricsClient client, string subscription)
    {
        await client.SendAsync(subscription);
        var session = await client.ReceiveAsync(
            e => e.Type() == "Session" && e.GetProperty("subscription").GetRawText() == subscription, $"the Session event of {subscription}");
        Assert.Equal("The subscription is new", session.Reason());
        var first = (await client.ReceiveSnapshotsAsync(1))[0];
        Assert.Equal(session.Count("first_tick"), first.SessionTick());
        return first.SessionTick();
    }

    /// <summary>Waits until the cluster knows what a session is subscribed to: a client is answered a moment before.</summary>
    public static Task WaitUntilKnownAsync(HttpClient http, string id, string subscription) =>
        SessionAsync(http, id, session => session.GetProperty("subscription").GetRawText() == subscription);

    /// <summary>A session as the API of a gateway tells it, once it meets a condition.</summary>
    public static async Task<JsonElement> SessionAsync(HttpClient http, string id, Func<JsonElement, bool> condition)
    {
        var session = default(JsonElement);
        await Wait.UntilAsync(
            async () =>
            {
                var all = (await http.GetApiAsync("sessions?limit=1000")).GetProperty("sessions").EnumerateArray();
                session = all.SingleOrDefault(one => one.GetProperty("id").GetString() == id);
                return session.ValueKind == JsonValueKind.Object && condition(session);
            },
            () => $"session {id}: {session}");
        return session;
    }

    /// <summary>These ticks and no others, in order.</summary>
    public static void AssertGrid(IEnumerable<JsonElement> snapshots, long firstTick, int intervalSeconds = 1) =>
        Assert.All(snapshots.Select(SessionTick), (tick, i) => Assert.Equal(firstTick + ((long)i * intervalSeconds), tick));

    /// <summary>Connects as soon as the gateway lets it in.</summary>
    public static async Task<MetricsClient> ConnectWhenPossibleAsync(int port, string query)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await MetricsClient.ConnectAsync(port, query);
            }
            catch (WebSocketException) when (attempt < Attempts)
            {
                await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
            }
        }
    }

    /// <summary>What a connection is refused with before the upgrade.</summary>
    public static async Task<(int Status, string Sentence, TimeSpan? RetryAfter)> RefusalAsync(HttpClient http, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"ws/metrics{query}", UriKind.Relative));
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.ParseAdd("websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.NotEqual(HttpStatusCode.SwitchingProtocols, response.StatusCode);
        return ((int)response.StatusCode, (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).TrimEnd('\n'), response.Headers.RetryAfter?.Delta);
    }
}
