using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>The HTTP API of a gateway as a client sees it.</summary>
[Collection(SharedGateway.Name)]
public sealed class ApiTests(SharedGateway shared)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Snapshot_of_a_route_has_what_was_sent_to_it_and_of_the_cluster_at_least_that()
    {
        var before = Total(await GetAsync("snapshot?scope=route/d"));
        await Traffic.SendAsync(shared.Gateway.Http, 60, ["d/status/200", "d/bytes/3000", "d/status/500"], Cancelled);
        JsonElement route = default;
        await Wait.UntilAsync(async () => Total(route = await GetAsync("snapshot?scope=route/d&interval_seconds=60")) >= before + 60, () => $"60 requests more than {before}: {route}");
        Assert.Equal("""{"route":"d"}""", route.GetProperty("scope").GetRawText());
        Assert.True(Metric(route, "requests_per_second") > 0);
        Assert.True(Metric(route, "response_time_p99") > 0);
        foreach (var other in new[] { "snapshot", "snapshot?scope=destination/d/d1" })
            await Wait.UntilAsync(async () => Total(await GetAsync(other)) >= before + 60, () => $"60 requests in {other}");
        Assert.False(route.GetProperty("metrics").TryGetProperty("gateways_reporting", out _));
        Assert.Equal(["requests_total", "response_time_p50"], (await GetAsync("snapshot?metric=response_time_p50,requests_total")).GetProperty("metrics").EnumerateObject().Select(m => m.Name));
    }

    [Fact]
    public async Task History_ends_with_the_present_and_its_percentiles_are_of_each_step()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        await client.SendAsync("""{"metrics":["requests_total"],"scope":{"route":"d"}}""");
        // The traffic of tests before this one is in.
        var answer = await client.ReceiveAsync(e => e.IsSnapshotOf("requests_total"), "the answer");
        var before = await client.ReceiveTickAsync(answer.Tick() + 2);
        // Slower than anything else that is sent to this gateway.
        await Traffic.SendAsync(shared.Gateway.Http, 50, ["d/slow?ms=300"], Cancelled);
        var after = await client.ReceiveSettledAsync(before.Total() + 50);

        var history = await GetAsync($"history?metric=requests_total&metric=response_time_p50&scope=route/d&step=1&from={before.Tick() - 1}");
        Assert.Equal(1, history.GetProperty("step_seconds").GetInt32());
        var (totals, percentiles) = (Points(history, 0), Points(history, 1));
        Assert.Equal(totals.Select(point => point.Timestamp).Distinct().Order(), totals.Select(point => point.Timestamp));
        Assert.Equal((history.GetProperty("to").GetString(), before.Total() + 50), totals[^1]);
        Assert.True(string.CompareOrdinal(totals[^1].Timestamp, after.GetProperty("timestamp").GetString()) >= 0, $"{after}, {history}");
        var rose = totals.Zip(totals.Skip(1)).Where(pair => pair.Second.Value > pair.First.Value).Select(pair => pair.Second.Timestamp);
        Assert.Equal(rose, percentiles.Select(point => point.Timestamp));
        Assert.All(percentiles, point => Assert.InRange(point.Value, 290, double.MaxValue));
    }

    [Theory]
    [InlineData("snapshot?scope=orders", "Parameter `scope` is 'orders'; it must be cluster, or a kind and a name: route/orders, destination/orders/d1 or node/gw-1.")]
    [InlineData("snapshot?scope=route/", "Parameter `scope` is 'route/'; the name must have 1 to 256 characters.")]
    [InlineData("snapshot?interval_seconds=61", "Parameter `interval_seconds` is '61'; it must be a whole number from 1 to 60.")]
    [InlineData("snapshot?interval_seconds=1e1", "Parameter `interval_seconds` is '1e1'; it must be a whole number from 1 to 60.")]
    [InlineData("sessions?limit=1001", "Parameter `limit` is '1001'; it must be a whole number from 1 to 1000.")]
    [InlineData("sessions?after=b", "Parameter `after` is 'b'; it must be 16 to 64 letters, digits, dashes or underscores.")]
    [InlineData("sessions/0123456789.bcdef", "Parameter `id` is '0123456789.bcdef'; it must be 16 to 64 letters, digits, dashes or underscores.")]
    [InlineData("history?metric=requests_total&step=0", "Parameter `step` is '0'; it must be a whole number from 1 to 2592000.")]
    [InlineData("history?metric=requests_total&from=soon", "Parameter `from` is 'soon'; it must be an instant such as 2026-01-01T10:30:00Z, or Unix seconds.")]
    [InlineData("history?metric=requests_total&from=99999999999999999999", "Parameter `from` is '99999999999999999999'; it must be an instant such as 2026-01-01T10:30:00Z, or Unix seconds.")]
    [InlineData("history?metric=requests_total&from=1000&to=1000", "Parameter `from` is 1970-01-01T00:16:40Z, and `to` is 1970-01-01T00:16:40Z; `from` must be earlier.")]
    [InlineData("history?metric=requests_total&from=2000&to=1000", "Parameter `from` is 1970-01-01T00:33:20Z, and `to` is 1970-01-01T00:16:40Z; `from` must be earlier.")]
    public async Task A_mistake_is_a_problem_with_its_sentence(string request, string sentence)
    {
        var problem = await GetProblemAsync(request, HttpStatusCode.BadRequest);
        Assert.Equal(sentence, problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("history", "Parameter `metric` is missing; it must be one or more of requests_total,")]
    [InlineData("history?metric=cpu", "Parameter `metric` holds 'cpu', which is not a metric of the cluster; those are requests_total,")]
    [InlineData("history?metric=gateways_reporting&scope=route/d", "Parameter `metric` holds 'gateways_reporting', which is not a metric of the route; those are requests_total,")]
    [InlineData("history?metric=requests_total&from=0", "Parameter `from` is 1970-01-01T00:00:00Z, beyond what is kept; the earliest is ")]
    [InlineData("history?metric=requests_total&to=2999-01-01T00:00:00Z", "Parameter `to` is '2999-01-01T00:00:00Z', in the future; the newest second is ")]
    public async Task A_mistake_names_what_is_allowed(string request, string beginning)
    {
        var problem = await GetProblemAsync(request, HttpStatusCode.BadRequest);
        Assert.StartsWith(beginning, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_range_that_gives_too_many_points_says_which_step_would_do()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 2;
        var problem = await GetProblemAsync($"history?metric=requests_total&from={now - 86_400}&to={now}&step=10", HttpStatusCode.BadRequest);
        Assert.Equal("Parameter `step` is 10, which gives more than 3600 points; for this range it must be at least 24.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_scope_that_is_not_is_not_found_and_the_nearest_are_named()
    {
        var problem = await GetProblemAsync("snapshot?scope=route/deat", HttpStatusCode.NotFound);
        Assert.Equal("Parameter `scope` is 'route/deat', and there is no such route; the nearest are dead, d.", problem.GetProperty("detail").GetString());
        await GetProblemAsync($"history?metric=requests_total&scope=node/{Uri.EscapeDataString("<\"ü\n\0/")}", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_the_client_has_is_not_sent_again()
    {
        foreach (var request in new[] { "kairos/api/metrics", "kairos/api/snapshot?interval_seconds=3", "kairos/api/history?metric=requests_total" })
        {
            // A tick may end between the two.
            await Wait.UntilAsync(async () =>
            {
                using var first = await shared.Gateway.Http.GetAsync(request, Cancelled);
                Assert.NotNull(first.Headers.ETag);
                Assert.NotNull(first.Headers.CacheControl);
                using var again = new HttpRequestMessage(HttpMethod.Get, request);
                again.Headers.IfNoneMatch.Add(first.Headers.ETag);
                again.Headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"another\""));
                using var second = await shared.Gateway.Http.SendAsync(again, Cancelled);
                return second.StatusCode == HttpStatusCode.NotModified && (await second.Content.ReadAsByteArrayAsync(Cancelled)).Length == 0;
            }, () => $"304 for {request}");
        }
    }

    [Fact]
    public async Task A_session_that_is_not_is_not_found()
    {
        var problem = await GetProblemAsync("sessions/0123456789abcdef", HttpStatusCode.NotFound);
        Assert.Equal("Parameter `id` is '0123456789abcdef', and there is no such session; it may have expired.", problem.GetProperty("detail").GetString());
        using var closed = await shared.Gateway.Http.DeleteAsync("kairos/api/sessions/0123456789abcdef", Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, closed.StatusCode);
    }

    [Fact]
    public async Task Metrics_are_those_that_the_stream_knows()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        await client.SendAsync("""{"metrics":["*"]}""");
        var snapshot = await client.ReceiveAsync(e => e.TryGetProperty("responses_5xx", out _), "all metrics");
        var listed = (await GetAsync("metrics")).GetProperty("metrics").EnumerateArray().ToArray();
        Assert.Equal(snapshot.FieldNames().Skip(2), listed.Select(metric => metric.GetProperty("name").GetString()));
        Assert.Equal(MetricsEvents.GuideMetrics.Order(), listed.Where(metric => metric.GetProperty("guide").GetBoolean()).Select(metric => metric.GetProperty("name").GetString()).Order());
        Assert.All(listed, metric => Assert.EndsWith(".", metric.GetProperty("meaning").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scopes_are_listed_by_kind()
    {
        var scopes = await GetAsync("scopes");
        Assert.Equal(["d", "dead"], scopes.GetProperty("routes").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(["d/d1", "dead/d1"], scopes.GetProperty("destinations").EnumerateArray().Select(name => name.GetString()));
        Assert.NotEmpty(scopes.GetProperty("nodes").EnumerateArray());
    }

    [Fact]
    public async Task Health_is_one_of_the_words_that_the_document_lists_and_is_not_cached()
    {
        using var response = await shared.Gateway.Http.GetAsync("kairos/api/health", Cancelled);
        Assert.Equal((HttpStatusCode.OK, true), (response.StatusCode, response.Headers.CacheControl?.NoStore));
        var health = JsonElement.Parse(await response.Content.ReadAsByteArrayAsync(Cancelled));
        var words = (await GetAsync("openapi.json")).GetProperty("components").GetProperty("schemas").GetProperty("HealthWord").GetProperty("enum").EnumerateArray();
        Assert.Equal(["healthy", "degraded", "failing", "stalled"], words.Select(word => word.GetString()));

        // Other tests send requests that fail.
        Assert.Contains(health.GetProperty("health").GetString(), new[] { "healthy", "degraded", "failing" });
        Assert.InRange(health.GetProperty("age_seconds").GetDouble(), 0, 5);
        foreach (var count in new[] { "nodes_live", "nodes_known", "silos_active", "silos_known" })
            Assert.Equal(1, health.GetProperty(count).GetInt32());
    }

    [Fact]
    public async Task The_document_describes_every_endpoint_and_its_answers_as_they_are()
    {
        var document = await GetAsync("openapi.json");
        Assert.StartsWith("3.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            [
                "delete /kairos/api/sessions/{id}?id 204 400 404 503",
                "get /kairos/api/health? 200",
                "get /kairos/api/history?metric&scope&from&to&step 200 304 400 404 503",
                "get /kairos/api/metrics? 200 304",
                "get /kairos/api/nodes? 200 503",
                "get /kairos/api/scopes? 200 503",
                "get /kairos/api/sessions/{id}?id 200 400 404 503",
                "get /kairos/api/sessions?limit&after 200 400 503",
                "get /kairos/api/snapshot?metric&scope&interval_seconds 200 304 400 404 503",
            ],
            document.GetProperty("paths").EnumerateObject().SelectMany(Signatures).Order(StringComparer.Ordinal));
        foreach (var (request, schema) in new[]
        {
            ("snapshot", "SnapshotAnswer"), ("history?metric=requests_total", "HistoryAnswer"), ("metrics", "MetricsAnswer"), ("scopes", "ScopesAnswer"), ("nodes", "NodeListing"), ("health", "HealthAnswer"), ("sessions", "SessionsAnswer"),
        })
        {
            var described = document.GetProperty("components").GetProperty("schemas").GetProperty(schema).GetProperty("properties").EnumerateObject().Select(p => p.Name);
            Assert.Equal(described.Order(), (await GetAsync(request)).EnumerateObject().Select(p => p.Name).Order());
        }
    }

    private Task<JsonElement> GetAsync(string request) => shared.Gateway.Http.GetApiAsync(request);

    private Task<JsonElement> GetProblemAsync(string request, HttpStatusCode status) => shared.Gateway.Http.GetProblemAsync(request, status);

    /// <summary>The endpoints of a path in short: what they do, their parameters, the statuses of their answers.</summary>
    private static IEnumerable<string> Signatures(JsonProperty path) => path.Value.EnumerateObject().Select(operation =>
    {
        var parameters = operation.Value.TryGetProperty("parameters", out var described) ? described.EnumerateArray().Select(p => p.GetProperty("name").GetString()) : [];
        return $"{operation.Name} {path.Name}?{string.Join('&', parameters)} {string.Join(' ', operation.Value.GetProperty("responses").EnumerateObject().Select(r => r.Name).Order())}";
    });

    private static double Metric(JsonElement answer, string name) => answer.GetProperty("metrics").GetProperty(name).GetDouble();

    private static long Total(JsonElement answer) => (long)Metric(answer, "requests_total");

    private static List<(string Timestamp, double Value)> Points(JsonElement answer, int series) =>
        [.. answer.GetProperty("series")[series].GetProperty("data_points").EnumerateArray()
            .Select(point => (point.GetProperty("timestamp").GetString()!, point.GetProperty("value").GetDouble()))];
}
