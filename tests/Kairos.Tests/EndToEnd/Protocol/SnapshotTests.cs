using System.Text.Json;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(SharedGateway.Name)]
public sealed class SnapshotTests(SharedGateway shared)
{
    private const string OneMetricEveryMinute = """{"metrics":["requests_total"],"interval_seconds":60}""";

    [Fact]
    public async Task First_event_is_a_Snapshot_with_the_guides_fields_in_the_guides_order()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);

        var first = await client.ReceiveAsync();

        Assert.Equal(["type", "timestamp", .. MetricsEvents.GuideMetrics], first.FieldNames());
        Assert.Equal("Snapshot", first.Type());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", first.GetProperty("timestamp").GetString());
        Assert.All(MetricsEvents.GuideMetrics, name => Assert.Equal(JsonValueKind.Number, first.GetProperty(name).ValueKind));
        Assert.All(MetricsEvents.GuideMetrics[..4], name => Assert.True(first.GetProperty(name).TryGetInt64(out _)));
        Assert.InRange(DateTimeOffset.FromUnixTimeSeconds(first.Tick()),
            TimeProvider.System.GetUtcNow() - Wait.Limit, TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Without_a_subscription_a_Snapshot_comes_every_second()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);

        var steps = await ReceiveStepsAsync(client, 5);

        Assert.All(steps, step => Assert.True(step >= 1));
        Assert.Contains(1, steps);
    }

    [Fact]
    public async Task Interval_of_two_seconds_gives_every_second_tick_from_the_answer_on()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        await client.SendAsync("""{"metrics":["requests_total","success_rate"],"interval_seconds":2}""");
        var answer = await client.ReceiveAsync(e => e.IsSnapshotOf("requests_total", "success_rate"), "the answer");

        // A stall of the machine may delay a turn to a later tick, but gives none of them twice and shifts none after it.
        var inRhythm = 0;
        var last = answer;
        for (var turns = 1; inRhythm < 3; turns++)
        {
            var next = await client.ReceiveSnapshotAsync();
            Assert.InRange(next.Tick(), answer.Tick() + 2 * turns, long.MaxValue);
            Assert.True(next.Tick() > last.Tick());
            var isInRhythm = next.Tick() == last.Tick() + 2 && (next.Tick() - answer.Tick()) % 2 == 0;
            inRhythm = isInRhythm ? inRhythm + 1 : 0;
            Assert.True(turns < 20, "The ticks come out of rhythm.");
            last = next;
        }
    }

    [Fact]
    public async Task Subscription_is_answered_at_once_with_the_chosen_metrics_alone_and_replaces_the_former()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        var first = await client.ReceiveAsync();

        await client.SendAsync("""{"metrics":["success_rate","requests_total"],"interval_seconds":60}""");
        var answer = await client.ReceiveAsync(e => e.IsSnapshotOf("requests_total", "success_rate"), "the first answer");
        await client.SendAsync("""{"metrics":["active_connections"],"interval_seconds":60}""");
        var next = await client.ReceiveAsync();

        Assert.Equal(["type", "timestamp"], answer.FieldNames()[..2]);
        Assert.True(next.IsSnapshotOf("active_connections"), $"{next}");
        // Well before either interval was over.
        Assert.True(next.Tick() - first.Tick() < 50);
    }

    [Theory]
    [InlineData("""{"metrics":[],"interval_seconds":60}""")]
    [InlineData("""{"metrics":[]}""")]
    [InlineData("""{ "metrics" : [ ] , "include_history" : false }""")]
    public async Task Empty_metrics_mean_the_guides_six(string subscription)
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        await ChooseOneMetricAsync(client);

        await client.SendAsync(subscription);

        var answer = await client.ReceiveAsync();
        Assert.Equal(["type", "timestamp", .. MetricsEvents.GuideMetrics], answer.FieldNames());
    }

    [Fact]
    public async Task Star_means_all_metrics_there_are()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        await ChooseOneMetricAsync(client);

        await client.SendAsync("""{"metrics":["*"]}""");

        var names = (await client.ReceiveAsync()).FieldNames();
        string[] guideFields = ["type", "timestamp", .. MetricsEvents.GuideMetrics];
        Assert.Equal(guideFields, names[..guideFields.Length]);
        Assert.Distinct(names);
    }

    [Fact]
    public async Task Response_time_avg_is_accepted_and_comes_back_as_avg_response_time()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        await ChooseOneMetricAsync(client);

        await client.SendAsync("""{"metrics":["response_time_avg"]}""");

        Assert.Equal(["type", "timestamp", "avg_response_time"], (await client.ReceiveAsync()).FieldNames());
    }

    [Fact]
    public async Task Snapshot_full_keeps_the_six_fields_whatever_was_chosen()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port, "?snapshot=full");
        var first = await client.ReceiveAsync();
        await client.SendAsync("""{"metrics":["requests_total","active_connections"],"interval_seconds":2}""");

        // Past the answer and into the subscription's own rhythm.
        JsonElement last;
        do
        {
            last = await client.ReceiveAsync();
            Assert.Equal(["type", "timestamp", .. MetricsEvents.GuideMetrics], last.FieldNames());
        }
        while (last.Tick() < first.Tick() + 5);
    }

    /// <summary>Waits for the answer, after which nothing comes for a minute but answers.</summary>
    private static async Task ChooseOneMetricAsync(MetricsClient client)
    {
        await client.SendAsync(OneMetricEveryMinute);
        await client.ReceiveAsync(e => e.IsSnapshotOf("requests_total"), "the answer");
    }

    /// <summary>The seconds between the timestamps of so many Snapshots.</summary>
    private static async Task<long[]> ReceiveStepsAsync(MetricsClient client, int count)
    {
        var ticks = new List<long>();
        while (ticks.Count < count)
            ticks.Add((await client.ReceiveSnapshotAsync()).Tick());
        return [.. ticks.Zip(ticks.Skip(1), (former, next) => next - former)];
    }
}
