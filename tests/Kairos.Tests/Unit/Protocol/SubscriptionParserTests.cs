using System.Text;
using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SubscriptionParserTests
{
    private const string Fields = "send an object with metrics, interval_seconds and include_history";
    private const string Names = "requests_total, requests_success, requests_error, active_connections, avg_response_time, success_rate";
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
        { "{\"Metrics\":[]}", "unknown field `Metrics`; the fields are metrics, interval_seconds and include_history" },
        { "{\"metrics\":[],\"interval\":2}", "unknown field `interval`; the fields are metrics, interval_seconds and include_history" },
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
    [InlineData("{\"metrics\":[\"*\"]}", 1, false)]
    public void Parse_AllMetrics_AreTheGuidesSix(string message, int interval, bool history) =>
        Assert.Equal((new SubscriptionRequest(MetricTable.Guide, interval, history), null), Parse(message));

    [Fact]
    public void Parse_NamesTwiceAndTheGuidesAlias_AreOneMetricEach()
    {
        var (request, error) = Parse("{\"metrics\":[\"response_time_avg\",\"requests_total\",\"avg_response_time\",\"requests_\\u0074otal\"]}");
        Assert.Null(error);
        Assert.Equal(["requests_total", "avg_response_time"], request!.Metrics.Metrics.Select(metric => metric.Name));
        Assert.Equal(["requests_total", "avg_response_time"], request.ToSubscription().Metrics);
    }

    [Fact]
    public void Parse_AHundredNames_AreAllowed() =>
        Assert.Null(Parse($"{{\"metrics\":[{string.Join(',', Enumerable.Repeat("\"success_rate\"", 100))}]}}").Error);

    private static (SubscriptionRequest? Request, string? Error) Parse(string message) => SubscriptionParser.Parse(Encoding.UTF8.GetBytes(message));
}
