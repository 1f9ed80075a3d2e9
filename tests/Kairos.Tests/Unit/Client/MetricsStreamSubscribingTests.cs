using Kairos.Client;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>What a client of the stream asks a node for, and when again.</summary>
public sealed class MetricsStreamSubscribingTests
{
    private const long T = 1_730_975_400;
    private const string Routes = """{"top":{"of":"routes","by":"requests_per_second","n":3,"metrics":[]},"interval_seconds":1}""";
    private const string All = """{"metrics":["requests_total","requests_per_second"],"interval_seconds":2,"scope":{"route":"orders"}}""";

    private static readonly MetricsSubscription WantsAll = new() { Metrics = ["*"], IntervalSeconds = 2, Scope = MetricsScope.Route("orders") };
    private static readonly MetricsRanking WantsRoutes = new() { Of = MetricsScopeKind.Route, By = "requests_per_second", N = 3 };

    [Fact]
    public async Task Subscription_RestoredAsItWasConfirmed_IsNotSentAgainAndRankingsAre()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried);
        bed.Stream.Subscribe(WantsAll with { IncludeHistory = true, HistorySeconds = 600, HistoryStepSeconds = 10 });
        bed.Stream.Rank(WantsRoutes);
        var socket = await SubscribeAsync(
            bed,
            """{"metrics":["*"],"interval_seconds":2,"scope":{"route":"orders"},"include_history":true,"history_seconds":600,"history_step_seconds":10}""");
        Assert.Equal(Routes, await socket.ReceiveAsync());
        await socket.SnapshotsAsync(T);
        await bed.ExpectAsync(T);
        _ = bed.LookAsync();
        socket.Vanish();

        // Only this client knows that its * is what the node now calls by names.
        socket = await bed.Nodes[0].AcceptAsync();
        await socket.RecoverAsync(All);
        Assert.Equal(Routes, await socket.ReceiveAsync());
        bed.Stream.Unrank(MetricsScopeKind.Route);
        Assert.Equal("""{"top":{"of":"routes","n":0}}""", await socket.ReceiveAsync());
    }

    [Theory]
    [InlineData("""{"metrics":["requests_total"],"interval_seconds":2,"scope":{"route":"orders"}}""")]
    [InlineData("""{"metrics":["requests_total","requests_per_second"],"interval_seconds":1,"scope":{"route":"orders"}}""")]
    [InlineData("""{"metrics":["requests_total","requests_per_second"],"interval_seconds":2,"scope":{"node":"orders"}}""")]
    [InlineData(ScriptedSocket.Default)]
    public async Task Subscription_RestoredAsAnother_IsSentAgainAndWhatWasLostIsTold(string restored)
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried);
        bed.Stream.Subscribe(WantsAll);
        var socket = await SubscribeAsync(bed, """{"metrics":["*"],"interval_seconds":2,"scope":{"route":"orders"}}""");
        await socket.SnapshotsAsync(T);
        await bed.ExpectAsync(T);
        _ = bed.LookAsync();
        socket.Vanish();

        socket = await bed.Nodes[0].AcceptAsync();
        await socket.RecoverAsync(restored);
        await socket.SnapshotsAsync(T + 1);
        Assert.StartsWith("{\"metrics\":[\"*\"]", await socket.ReceiveAsync(), StringComparison.Ordinal);
        await socket.BeginAsync(All, T + 4, "The subscription is new", resumed: true);
        await socket.SnapshotsAsync(T + 4);
        Assert.Equal(new GapEvent(T, T + 4, "The subscription was not kept"), await bed.NextAsync<GapEvent>());
        await bed.ExpectAsync(T + 4);
    }

    [Theory]
    [InlineData(new string[0], "requests_total,requests_success,requests_error,active_connections,avg_response_time,success_rate")]
    [InlineData(new[] { "success_rate", "response_time_avg", "success_rate" }, "avg_response_time,success_rate")]
    public async Task Subscription_StoredSession_IsComparedByWhatItsNamesMean(string[] wanted, string restored)
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried with { SessionId = ScriptedSocket.Id, LastTick = T });
        bed.Stream.Subscribe(new MetricsSubscription { Metrics = wanted });
        bed.Stream.Rank(WantsRoutes);
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.RecoverAsync($$"""{"metrics":["{{restored.Replace(",", "\",\"", StringComparison.Ordinal)}}"],"interval_seconds":1}""");
        Assert.Equal(Routes, await socket.ReceiveAsync());
    }

    [Fact]
    public async Task Subscription_StoredSessionOfAllMetrics_IsSentAndNothingOfItIsSkipped()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried with { SessionId = ScriptedSocket.Id, LastTick = T });
        bed.Stream.Subscribe(WantsAll);
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.RecoverAsync(All);
        await socket.SnapshotsAsync(T + 2);
        await socket.ReceiveAsync();
        await socket.RecoverAsync(All);
        await socket.SnapshotsAsync(T + 4);
        await bed.ExpectAsync(T + 2, T + 4);
    }

    [Fact]
    public async Task Subscription_TheFirstIsRefused_IsAskedOfTheNextNode()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried, nodes: 2);
        bed.Stream.Subscribe(WantsAll);
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(ScriptedSocket.Default, T, "The session is new");
        await socket.ReceiveAsync();
        await socket.SendAsync("""{"type":"Error","message":"This node follows 500 scopes"}""");
        Assert.Equal(new ErrorEvent("This node follows 500 scopes"), await bed.NextAsync<ErrorEvent>());
        _ = bed.LookAsync();

        socket = await bed.Nodes[1].AcceptAsync();
        await socket.RecoverAsync(ScriptedSocket.Default);
        await socket.ReceiveAsync();
        await socket.BeginAsync(All, T + 3, "The subscription is new", resumed: true);
        await socket.SnapshotsAsync(T + 3);
        await bed.ExpectAsync(T + 3);
    }

    [Fact]
    public async Task Subscription_ALaterOneIsRefused_LeavesTheOneBefore()
    {
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried);
        bed.Stream.Subscribe(WantsAll);
        var socket = await SubscribeAsync(bed, """{"metrics":["*"],"interval_seconds":2,"scope":{"route":"orders"}}""");
        bed.Stream.Subscribe(new MetricsSubscription { Metrics = ["nonsense"] });
        await socket.ReceiveAsync();
        await socket.SnapshotsAsync(T);
        await socket.SendAsync("""{"type":"Error","message":"Invalid subscription"}""");
        await socket.SnapshotsAsync(T + 2);
        await bed.ExpectAsync(T);
        await bed.NextAsync<ErrorEvent>();
        await bed.ExpectAsync(T + 2);
        _ = bed.LookAsync();
        socket.Vanish();

        // It is asked for again, and the one before goes on in the meantime.
        socket = await bed.Nodes[0].AcceptAsync();
        await socket.RecoverAsync(All);
        await socket.SnapshotsAsync(T + 4);
        Assert.Contains("nonsense", await socket.ReceiveAsync(), StringComparison.Ordinal);
        await bed.ExpectAsync(T + 4);
    }

    [Fact]
    public async Task Messages_ManyAtOnce_AreTheNewestAloneAndWithinANodesLimit()
    {
        var clock = new FakeTimeProvider();
        await using var bed = await ClientBed.StartAsync(ClientBed.Hurried with { TimeProvider = clock });
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(ScriptedSocket.Default, T, "The session is new");
        await bed.NextAsync<SessionEvent>();
        for (var n = 1; n <= 8; n++)
        {
            bed.Stream.Rank(WantsRoutes with { N = n });
            Assert.Contains($"\"n\":{n},", await socket.ReceiveAsync(), StringComparison.Ordinal);
        }

        for (var n = 9; n <= 200; n++)
            bed.Stream.Rank(WantsRoutes with { N = n });
        var next = socket.ReceiveAsync();
        var before = clock.GetUtcNow();
        await clock.RunUntilAsync(() => next.IsCompleted, TimeSpan.FromSeconds(11), step: TimeSpan.FromMilliseconds(500));
        Assert.True(clock.GetUtcNow() - before >= TimeSpan.FromSeconds(10));
        Assert.Contains("\"n\":200,", await next, StringComparison.Ordinal);
    }

    /// <summary>Connects, and answers the subscription that comes.</summary>
    private static async Task<ScriptedSocket> SubscribeAsync(ClientBed bed, string message)
    {
        _ = bed.LookAsync();
        var socket = await bed.Nodes[0].AcceptAsync();
        await socket.BeginAsync(ScriptedSocket.Default, T - 1, "The session is new");
        Assert.Equal(message, await socket.ReceiveAsync());
        await socket.BeginAsync(All, T, "The subscription is new");
        return socket;
    }
}
