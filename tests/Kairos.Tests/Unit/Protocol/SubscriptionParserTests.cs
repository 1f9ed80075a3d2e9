using System.Text;
using System.Text.Json;
using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SubscriptionParserTests
{
    private const string Known = "metrics, interval_seconds, include_history, history_seconds, history_step_seconds, scope and top";
    private const string Fields = $"send an object with {Known}";
    private static readonly string Names = MetricTable.NamesOf(MetricTable.Of(ScopeKind.Cluster));
    private static readonly string RouteNames = MetricTable.NamesOf(MetricTable.Of(ScopeKind.Route));
    private const string NotAScope = "it must be an object with one of route, destination and node, such as {\"route\":\"orders\"}";
    private const string NotAnArray = "it must be an array of metric names, empty for the guide's six";
    private const string NotAnInterval = "it must be a whole number from 1 to 60";
    private const string NotAFlag = "it must be true or false";

    /// <summary>A bad message and all of its sentence after "Invalid subscription: ".</summary>
    public static TheoryData<string, string> Mistakes => new()
    {
        { "", $"not valid JSON at line 1, byte 1; {Fields}" },
        { "hello", $"not valid JSON at line 1, byte 1; {Fields}" },
        { "{\"metrics\":[}", $"not valid JSON at line 1, byte 13; {Fields}" },
        { "{\"metrics\":[],\n\"interval_seconds\":01}", $"not valid JSON at line 2, byte 21; {Fields}" },
        { "{\"metrics\":[]} {}", $"not valid JSON at line 1, byte 16; {Fields}" },
        { "{\"metrics\":[],}", $"not valid JSON at line 1, byte 15; {Fields}" },
        { "[]", $"an array is not an object; {Fields}" },
        { "null", $"null is not an object; {Fields}" },
        { "42", $"42 is not an object; {Fields}" },
        { "\"metrics\"", $"\"metrics\" is not an object; {Fields}" },
        { "{}", "missing field `metrics`" },
        { "{\"interval_seconds\":2}", "missing field `metrics`" },
        { "{\"Metrics\":[]}", $"unknown field `Metrics`; the fields are {Known}" },
        { "{\"metrics\":[],\"interval\":2}", $"unknown field `interval`; the fields are {Known}" },
        { "{\"metrics\":[],\"metrics\":[]}", "duplicate field `metrics`" },
        { "{\"metrics\":null}", $"field `metrics` is null; {NotAnArray}" },
        { "{\"metrics\":\"requests_total\"}", $"field `metrics` is \"requests_total\"; {NotAnArray}" },
        { "{\"metrics\":{\"a\":1}}", $"field `metrics` is {{\"a\":1}}; {NotAnArray}" },
        { "{\"metrics\":[null]}", "field `metrics` holds null; each name must be a string" },
        { "{\"metrics\":[7]}", "field `metrics` holds 7; each name must be a string" },
        { "{\"metrics\":[\"requests_total\",[]]}", "field `metrics` holds []; each name must be a string" },
        { "{\"metrics\":[\"cpu\"]}", $"field `metrics` holds \"cpu\", which is not a metric; the metrics are {Names}, or \"*\" for all" },
        { "{\"metrics\":[\"\"]}", $"field `metrics` holds \"\", which is not a metric; the metrics are {Names}, or \"*\" for all" },
        { "{\"metrics\":[\"Requests_Total\"]}", $"field `metrics` holds \"Requests_Total\", which is not a metric; the metrics are {Names}, or \"*\" for all" },
        { "{\"metrics\":[\"\\ud800\"]}", $"field `metrics` holds \"\\ud800\", which is not a metric; the metrics are {Names}, or \"*\" for all" },
        { "{\"metrics\":[],\"interval_seconds\":0}", $"field `interval_seconds` is 0; {NotAnInterval}" },
        { "{\"metrics\":[],\"interval_seconds\":61}", $"field `interval_seconds` is 61; {NotAnInterval}" },
        { "{\"metrics\":[],\"interval_seconds\":-1}", $"field `interval_seconds` is -1; {NotAnInterval}" },
        { "{\"metrics\":[],\"interval_seconds\":1.5}", $"field `interval_seconds` is 1.5; {NotAnInterval}" },
        { "{\"metrics\":[],\"interval_seconds\":\"2\"}", $"field `interval_seconds` is \"2\"; {NotAnInterval}" },
        { "{\"metrics\":[],\"interval_seconds\":1e99}", $"field `interval_seconds` is 1e99; {NotAnInterval}" },
        { "{\"metrics\":[],\"interval_seconds\":null}", $"field `interval_seconds` is null; {NotAnInterval}" },
        { "{\"metrics\":[],\"interval_seconds\":99999999999999999999}", $"field `interval_seconds` is 99999999999999999999; {NotAnInterval}" },
        { "{\"metrics\":[],\"include_history\":\"yes\"}", $"field `include_history` is \"yes\"; {NotAFlag}" },
        { "{\"metrics\":[],\"include_history\":null}", $"field `include_history` is null; {NotAFlag}" },
        { "{\"metrics\":[],\"include_history\":1}", $"field `include_history` is 1; {NotAFlag}" },
        { "{\"metrics\":[],\"history_seconds\":0}", "field `history_seconds` is 0; it must be a whole number from 1 to 2592000" },
        { "{\"metrics\":[],\"history_seconds\":2592001}", "field `history_seconds` is 2592001; it must be a whole number from 1 to 2592000" },
        { "{\"metrics\":[],\"scope\":{\"node\":\"a\"},\"history_seconds\":172801}", "field `history_seconds` is 172801; it must be a whole number from 1 to 172800" },
        { "{\"metrics\":[],\"history_step_seconds\":4}", "field `history_step_seconds` is 4; for 3600 seconds it must be at least 5, since an event has at most 720 points" },
        { "{\"metrics\":[],\"history_seconds\":721,\"history_step_seconds\":1}", "field `history_step_seconds` is 1; for 721 seconds it must be at least 2, since an event has at most 720 points" },
        { "{\"metrics\":[],\"history_step_seconds\":\"1m\"}", "field `history_step_seconds` is \"1m\"; it must be a whole number from 1 to 2592000" },
        { "{\"metrics\":[],\"scope\":null}", $"field `scope` is null; {NotAScope}" },
        { "{\"metrics\":[],\"scope\":\"orders\"}", $"field `scope` is \"orders\"; {NotAScope}" },
        { "{\"metrics\":[],\"scope\":{}}", $"field `scope` has 0 fields; {NotAScope}" },
        { "{\"metrics\":[],\"scope\":{\"route\":\"a\",\"node\":\"b\"}}", $"field `scope` has 2 fields; {NotAScope}" },
        { "{\"metrics\":[],\"scope\":{\"cluster\":\"a\"}}", "unknown field `scope.cluster`; the fields are route, destination and node" },
        { "{\"metrics\":[],\"scope\":{\"route\":7}}", "field `scope.route` is 7; it must be a text of 1 to 256 characters" },
        { "{\"metrics\":[],\"scope\":{\"route\":\"\"}}", "field `scope.route` is \"\"; it must be a text of 1 to 256 characters" },
        { "{\"metrics\":[],\"scope\":{\"route\":\"\\ud800\"}}", "field `scope.route` is \"\\ud800\"; it must be a text of 1 to 256 characters" },
        { "{\"metrics\":[\"gateways_reporting\"],\"scope\":{\"route\":\"a\"}}", $"field `metrics` holds \"gateways_reporting\", which only the cluster and its nodes have; those of a route are {RouteNames}, or \"*\" for all" },
        { "{\"scope\":{\"route\":\"a\"},\"top\":{\"of\":\"routes\",\"n\":0}}", "field `scope` belongs to `metrics`, which is missing" },
        { "{\"top\":[]}", "field `top` is []; it must be an object with by, of, n and metrics, such as {\"by\":\"response_time_p99\",\"of\":\"routes\",\"n\":10}" },
        { "{\"top\":{}}", "missing field `top.of`; it must be one of routes, destinations and nodes" },
        { "{\"top\":{\"of\":\"route\"}}", "field `top.of` is \"route\"; it must be one of routes, destinations and nodes" },
        { "{\"top\":{\"of\":\"routes\"}}", $"missing field `top.by`; it must be one of {RouteNames}" },
        { "{\"top\":{\"of\":\"routes\",\"by\":\"gateways_reporting\"}}", $"field `top.by` is \"gateways_reporting\", which only the cluster and its nodes have; those of a route are {RouteNames}" },
        { "{\"top\":{\"of\":\"nodes\",\"by\":\"*\"}}", $"field `top.by` is \"*\", which is not a metric; the metrics are {Names}" },
        { "{\"top\":{\"of\":\"nodes\",\"by\":7}}", $"field `top.by` is 7, which is not a metric; the metrics are {Names}" },
        { "{\"top\":{\"of\":\"nodes\",\"by\":\"requests_total\",\"n\":201}}", "field `top.n` is 201; it must be a whole number from 0 to 200" },
        { "{\"top\":{\"of\":\"nodes\",\"by\":\"requests_total\",\"metrics\":[\"cpu\"]}}", $"field `top.metrics` holds \"cpu\", which is not a metric; the metrics are {Names}, or \"*\" for all" },
        { "{\"top\":{\"of\":\"nodes\",\"by\":\"requests_total\",\"order\":1}}", "unknown field `top.order`; the fields are by, of, n and metrics" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Parse_AMistake_GivesItsSentence(string message, string sentence)
    {
        var (request, error) = Parse(message);
        Assert.Null(request);
        Assert.Equal("Invalid subscription: " + sentence, error);
    }

    [Theory]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"metrics\":[],\"\\udc00\":1}")]
    [InlineData("{\"metrics\":[\"\\udc00\\ud800\"]}")]
    [InlineData("{\"metrics\":[],\"interval_seconds\":\"\\ud800\"}")]
    [InlineData("[[[[[[[[[[[[")]
    [InlineData("{\"metrics\":[[[[[[[[[[[[]]]]]]]]]]]]}")]
    public void Parse_TextThatJsonCannotHold_GivesASentenceAndDoesNotThrow(string message)
    {
        var (request, error) = Parse(message);
        Assert.Null(request);
        Assert.StartsWith("Invalid subscription: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TenThousandNames_SaysHowManyAreAllowed()
    {
        var names = string.Join(',', Enumerable.Repeat("\"requests_total\"", 10_000));
        Assert.Equal("Invalid subscription: field `metrics` has 10000 names; at most 100 are allowed", Parse($"{{\"metrics\":[{names}]}}").Error);
    }

    [Fact]
    public void Parse_ALongValue_IsShortenedAndNeverInHalfACharacter()
    {
        var smileys = string.Concat(Enumerable.Repeat("😀", 100));
        var error = Parse($"{{\"metrics\":[\"{smileys}\"]}}").Error!;
        Assert.StartsWith("Invalid subscription: field `metrics` holds \"😀", error, StringComparison.Ordinal);
        Assert.Contains("😀…, which", error, StringComparison.Ordinal);
        Assert.Equal(error, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(error)));
    }

    [Theory]
    [InlineData("{\"metrics\":[]}", 1, false)]
    [InlineData(" {\"include_history\":true , \"interval_seconds\":60,\"metrics\":[]}\n", 60, true)]
    [InlineData("{\"metrics\":[\"requests_total\",\"requests_success\",\"requests_error\",\"active_connections\",\"avg_response_time\",\"success_rate\"],\"interval_seconds\":2}", 2, false)]
    public void Parse_NoOrAllOfTheGuidesMetrics_AreTheGuidesSix(string message, int interval, bool history) => Assert.Equal(
        (new SubscriptionRequest(
            new SnapshotChoice(MetricTable.Guide, interval, Scope.Cluster), history ? new HistoryChoice(Scope.Cluster, 3_600, 0) : null, null), null),
        Parse(message));

    [Fact]
    public void Parse_AStar_IsAllThatTheScopeHas()
    {
        Assert.Equal(MetricTable.All.Count, Parse("{\"metrics\":[\"*\"]}").Request!.Snapshots!.Metrics.Count);
        var route = Parse("{\"scope\":{\"route\":\"a\"},\"metrics\":[\"*\"]}").Request!.Snapshots!;
        Assert.Equal((new Scope(ScopeKind.Route, "a"), MetricTable.Of(ScopeKind.Route)), (route.Scope, route.Metrics));
        Assert.DoesNotContain("gateways_reporting", route.Metrics.Metrics.Select(metric => metric.Name));
    }

    [Fact]
    public void Parse_NamesTwiceAndTheGuidesAlias_AreOneMetricEach()
    {
        var (request, error) = Parse("{\"metrics\":[\"response_time_avg\",\"requests_total\",\"avg_response_time\",\"requests_\\u0074otal\"]}");
        Assert.Null(error);
        Assert.Equal(["requests_total", "avg_response_time"], request!.Snapshots!.Metrics.Metrics.Select(metric => metric.Name));
        Assert.Equal(["requests_total", "avg_response_time"], request.Snapshots.ToSubscription().Metrics);
    }

    [Theory]
    [InlineData("\"route\":\"orders\"", ScopeKind.Route, "orders")]
    [InlineData("\"destination\":\"orders/d1\"", ScopeKind.Destination, "orders/d1")]
    [InlineData("\"node\":\"gw-1\"", ScopeKind.Node, "gw-1")]
    [InlineData("\"route\":\"\\\"<ü\\u0000 {**}\"", ScopeKind.Route, "\"<ü\0 {**}")]
    public void Parse_AScope_IsOfItsKind(string scope, ScopeKind kind, string name) =>
        Assert.Equal(new Scope(kind, name), Parse($"{{\"metrics\":[],\"scope\":{{{scope}}}}}").Request!.Snapshots!.Scope);

    [Fact]
    public void Parse_ATop_IsARankingBesideOrWithoutSnapshots()
    {
        var alone = Parse("{\"top\":{\"by\":\"response_time_p99\",\"of\":\"routes\"},\"interval_seconds\":5}").Request!;
        Assert.Equal(new TopChoice(new TopQuery(ScopeKind.Route, "response_time_p99", 0, 10, 5), "routes"), alone.Top);
        Assert.Null(alone.Snapshots);
        var both = Parse("{\"metrics\":[],\"top\":{\"by\":\"response_time_avg\",\"of\":\"nodes\",\"n\":3,\"metrics\":[\"requests_total\"]}}").Request!;
        Assert.Equal(new TopChoice(new TopQuery(ScopeKind.Node, "avg_response_time", 1, 3, 1), "nodes"), both.Top);
        Assert.Equal(MetricTable.Guide, both.Snapshots!.Metrics);
        Assert.Equal(0, Parse("{\"top\":{\"of\":\"routes\",\"n\":0}}").Request!.Top!.Query.Count);
    }

    [Fact]
    public void Parse_HistoryFurtherBack_IsChosenWithItsStep() => Assert.Equal(
        new HistoryChoice(Scope.Cluster, 86_400, 120),
        Parse("{\"metrics\":[],\"include_history\":true,\"history_seconds\":86400,\"history_step_seconds\":120}").Request!.History);

    [Theory]
    [InlineData("2.0")]
    [InlineData("2e0")]
    [InlineData("20e-1")]
    public void Parse_AWholeNumberWrittenAsADecimal_IsThatNumber(string two) =>
        Assert.Equal(2, Parse($"{{\"metrics\":[],\"interval_seconds\":{two}}}").Request!.Snapshots!.IntervalSeconds);

    [Fact]
    public void Parse_AHundredNames_AreAllowed() =>
        Assert.Null(Parse($"{{\"metrics\":[{string.Join(',', Enumerable.Repeat("\"success_rate\"", 100))}]}}").Error);

    /// <summary>What the parser takes, the schema takes.</summary>
    private static (SubscriptionRequest? Request, string? Error) Parse(string message)
    {
        var parsed = SubscriptionParser.Parse(Encoding.UTF8.GetBytes(message));
        Assert.True(parsed.Error is not null || WireSchemas.Default.IsValid("Subscription", JsonElement.Parse(message)), message);
        return parsed;
    }
}
