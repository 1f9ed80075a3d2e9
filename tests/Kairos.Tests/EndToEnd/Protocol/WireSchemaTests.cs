using System.Text.Json;
using Kairos.Tests.Unit;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Whatever a gateway sends is valid by the schema that docs/asyncapi.yaml names for it.</summary>
[Collection(SharedGateway.Name)]
public sealed class WireSchemaTests(SharedGateway shared)
{
    private static readonly WireSchemas Schemas = WireSchemas.Default;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A query, a message, and the event that must come of it.</summary>
    public static TheoryData<string, string, string> Subscriptions => new()
    {
        { "", """{"metrics":[]}""", "Snapshot" },
        { "", """{"metrics":["*"]}""", "Snapshot" },
        { "", """{"metrics":["response_time_avg","response_time_p99","bytes_sent_per_second"],"interval_seconds":2}""", "Snapshot" },
        { "?snapshot=full", """{"metrics":["gateways_reporting"]}""", "Snapshot" },
        { "", """{"metrics":["*"],"scope":{"route":"d"}}""", "Snapshot" },
        { "", """{"metrics":["*"],"include_history":true}""", "TimeSeries" },
        { "", """{"metrics":["*"],"include_history":true,"history_seconds":86400,"history_step_seconds":120}""", "TimeSeries" },
        { "?snapshot=full", """{"metrics":["*"],"include_history":true,"scope":{"route":"d"}}""", "TimeSeries" },
        { "", """{"metrics":["*"],"include_history":true,"scope":{"destination":"d/d1"}}""", "TimeSeries" },
        { "", $$$"""{"metrics":["*"],"include_history":true,"scope":{"node":"{{{Environment.MachineName}}}"}}""", "TimeSeries" },
        { "", """{"top":{"of":"routes","by":"response_time_p99","n":200,"metrics":["*"]}}""", "TopN" },
        { "", """{"metrics":["*"],"top":{"of":"destinations","by":"requests_total","metrics":["success_rate"]}}""", "TopN" },
        { "", """{"top":{"of":"nodes","by":"gateways_reporting","n":1,"metrics":["*"]},"interval_seconds":2}""", "TopN" },
    };

    public static TheoryData<string> Mistakes => new()
    {
        "{}",
        """{"metrics":["cpu"]}""",
        """{"metrics":[],"scope":{"cluster":"d"}}""",
        """{"metrics":["gateways_reporting"],"scope":{"route":"d"}}""",
        """{"top":{"of":"routes"}}""",
    };

    [Theory]
    [MemberData(nameof(Subscriptions))]
    public async Task Events_of_any_subscription_are_valid(string query, string message, string awaited)
    {
        Assert.True(Schemas.IsValid("Subscription", JsonElement.Parse(message)));
        await Traffic.SendAsync(shared.Gateway.Http, 20, Traffic.MixedPaths, Cancelled);
        await using var client = await MetricsClient.ConnectAsync(shared.Port, query);
        await client.SendAsync(message);

        await client.ReceiveValidAsync(e => e.Type() == awaited && !IsEmpty(e));
        await client.ReceiveValidAsync(e => e.IsSnapshot());
        await Traffic.SendAsync(shared.Gateway.Http, 20, Traffic.MixedPaths, Cancelled);
        var next = await client.ReceiveValidAsync(e => e.Type() is "Snapshot" or "TopN");
        await client.ReceiveValidAsync(e => e.Type() == next.Type() && e.Tick() > next.Tick());
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Message_that_the_schema_refuses_is_answered_with_a_valid_Error(string message)
    {
        Assert.False(Schemas.IsValid("Subscription", JsonElement.Parse(message)));
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        await client.SendAsync(message);

        await client.ReceiveValidAsync(e => e.IsError());
    }

    [Fact]
    public async Task Scope_that_nobody_knows_is_answered_with_a_valid_Error_that_names_the_nearest()
    {
        await using var client = await MetricsClient.ConnectAsync(shared.Port);
        await client.SendAsync("""{"metrics":[],"scope":{"route":"deaf"}}""");

        var error = await client.ReceiveValidAsync(e => e.IsError());
        Assert.StartsWith("""Invalid subscription: field `scope` is {"route":"deaf"}, and there is no such route; the nearest are dead, d""", error.Message(), StringComparison.Ordinal);
    }

    private static bool IsEmpty(JsonElement e) => e.TryGetProperty("items", out var items) && items.GetArrayLength() == 0;
}
