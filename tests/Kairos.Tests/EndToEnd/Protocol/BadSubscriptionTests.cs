using System.Net.WebSockets;
using System.Text;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(SharedGateway.Name)]
public sealed class BadSubscriptionTests(SharedGateway shared)
{
    /// <summary>A message, then what the error must speak of.</summary>
    public static TheoryData<string, string[]> Mistakes => new()
    {
        { "", ["JSON"] },
        { "not json", ["JSON"] },
        { """{"metrics":["requests_total"]""", ["JSON"] },
        { "[]", ["object"] },
        { "null", ["object"] },
        { "42", ["object"] },
        { "\"requests_total\"", ["object"] },
        { """{"metrics":null}""", ["metrics", "null", "array"] },
        { """{"metrics":"requests_total"}""", ["metrics", "requests_total", "array"] },
        { """{"metrics":{}}""", ["metrics", "array"] },
        { """{"metrics":[7]}""", ["metrics", "7"] },
        { """{"metrics":["requests_total",null]}""", ["metrics", "null"] },
        { """{"metrics":[["requests_total"]]}""", ["metrics"] },
        { """{"metrics":["no_such_metric"]}""", ["metrics", "no_such_metric", "requests_total"] },
        { """{"metrics":["Requests_Total"]}""", ["metrics", "Requests_Total"] },
        { """{"metrics":[""]}""", ["metrics"] },
        { """{"metrics":[],"metrics":["success_rate"]}""", ["metrics"] },
        { """{"metrics":[],"interval_seconds":0}""", ["interval_seconds", "0", "1", "60"] },
        { """{"metrics":[],"interval_seconds":61}""", ["interval_seconds", "61", "1", "60"] },
        { """{"metrics":[],"interval_seconds":-1}""", ["interval_seconds", "-1", "60"] },
        { """{"metrics":[],"interval_seconds":1.5}""", ["interval_seconds", "1.5", "60"] },
        { """{"metrics":[],"interval_seconds":"2"}""", ["interval_seconds", "2", "60"] },
        { """{"metrics":[],"interval_seconds":1e99}""", ["interval_seconds", "1e99", "60"] },
        { """{"metrics":[],"interval_seconds":true}""", ["interval_seconds", "true", "60"] },
        { """{"metrics":[],"include_history":"yes"}""", ["include_history", "yes", "true"] },
        { """{"metrics":[],"include_history":1}""", ["include_history", "1", "true"] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Mistake_is_told_and_leaves_the_old_subscription_as_it_was(string message, string[] named)
    {
        await using var client = await SubscribeAsync();

        await client.SendAsync(message);

        await AssertToldAsync(client, named);
    }

    [Fact]
    public async Task Missing_metrics_are_told_in_the_guides_words()
    {
        await using var client = await SubscribeAsync();

        await client.SendAsync("{}");
        var first = await client.ReceiveAsync(e => e.IsError(), "the error");
        await client.SendAsync("""{"interval_seconds":2}""");
        var second = await client.ReceiveAsync(e => e.IsError(), "the error");

        const string Expected = """{"type":"Error","message":"Invalid subscription: missing field `metrics`"}""";
        Assert.Equal(Expected, first.GetRawText());
        Assert.Equal(Expected, second.GetRawText());
    }

    [Fact]
    public async Task Very_many_metric_names_are_told_in_a_short_message()
    {
        await using var client = await SubscribeAsync();
        var names = string.Join(',', Enumerable.Range(0, 400).Select(i => $"\"m{i}\""));

        await client.SendAsync($"{{\"metrics\":[{names}]}}");

        var error = await AssertToldAsync(client, ["metrics"]);
        Assert.True(error.Length < 1000, error);
    }

    [Fact]
    public async Task Duplicate_metric_name_is_told_or_shown_once_but_never_shown_twice()
    {
        await using var client = await SubscribeAsync();

        await client.SendAsync("""{"metrics":["success_rate","success_rate"]}""");

        var answer = await client.ReceiveAsync(e => e.IsError() || e.IsSnapshotOf("success_rate"), "the answer");
        if (answer.IsError())
            Assert.Contains("success_rate", answer.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Binary_frame_is_told_and_leaves_the_old_subscription_as_it_was()
    {
        await using var client = await SubscribeAsync();

        await client.SendAsync("""{"metrics":[]}"""u8.ToArray(), WebSocketMessageType.Binary);

        await AssertToldAsync(client, ["text"]);
    }

    [Fact]
    public async Task Fragments_are_put_together()
    {
        await using var client = await SubscribeAsync();
        string[] fragments = ["{\"metr", "ics\":[\"success", "_rate\"]", "}"];

        foreach (var fragment in fragments)
        {
            var isLast = fragment == fragments[^1];
            await client.SendAsync(Encoding.UTF8.GetBytes(fragment), WebSocketMessageType.Text, isLast);
        }

        await client.ReceiveAsync(e => e.IsSnapshotOf("success_rate"), "the answer");
    }

    /// <summary>A client with one metric every second.</summary>
    private async Task<MetricsClient> SubscribeAsync()
    {
        var client = await MetricsClient.ConnectAsync(shared.Port);
        await client.SendAsync("""{"metrics":["requests_total"]}""");
        await client.ReceiveAsync(e => e.IsSnapshotOf("requests_total"), "the answer");
        return client;
    }

    private static async Task<string> AssertToldAsync(MetricsClient client, string[] named)
    {
        var error = await client.ReceiveAsync(e => e.IsError(), "the error");
        Assert.Equal(["type", "message"], error.FieldNames());
        Assert.StartsWith("Invalid subscription: ", error.Message(), StringComparison.Ordinal);
        Assert.All(named, word => Assert.Contains(word, error.Message(), StringComparison.Ordinal));

        var next = await client.ReceiveAsync();
        Assert.True(next.IsSnapshotOf("requests_total"), $"{next}");
        return error.Message();
    }
}
