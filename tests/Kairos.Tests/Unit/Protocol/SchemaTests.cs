using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>The schemas of docs/schemas say what the code does: of events by the golden files, of subscriptions by the parser.</summary>
public sealed class SchemaTests
{
    /// <summary>What makes a message a mistake though the schema accepts it: a relation of two fields.</summary>
    private const string StepTooSmall = "since an event has at most";

    private static readonly WireSchemas Schemas = WireSchemas.Default;

    public static TheoryData<string> GoldenFiles => [.. Directory.EnumerateFiles(Golden()).Select(file => Path.GetFileName(file))];

    /// <summary>The parser's mistakes, as far as they are JSON that any parser reads the same.</summary>
    public static TheoryData<string> Mistakes =>
    [
        .. SubscriptionParserTests.Mistakes.Select(row => row.Data)
            .Where(m => !m.Item2.StartsWith("not valid JSON", StringComparison.Ordinal) && !m.Item2.StartsWith("duplicate field", StringComparison.Ordinal))
            .Where(m => !m.Item1.Contains("721", StringComparison.Ordinal) && !m.Item1.Contains("\\ud800", StringComparison.Ordinal))
            .Select(m => m.Item1),
    ];

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void Event_a_golden_file_is_valid(string file) => Assert.Equal("", Schemas.FaultsOf(JsonElement.Parse(Read(file))));

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void Event_a_golden_file_spoilt_anywhere_is_not_valid(string file)
    {
        var message = JsonNode.Parse(Read(file))!;
        var type = message["type"]!.GetValue<string>();
        var mutations = JsonMutations.Of(message).ToArray();
        Assert.NotEmpty(mutations);
        Assert.All(mutations, mutation => Assert.False(Schemas.IsValid(type, Element(mutation.Message)), mutation.What));
    }

    [Theory]
    [InlineData("Snapshot", """{"type":"Snapshot","timestamp":"2024-11-07T10:30:00Z"}""")]
    [InlineData("Snapshot", """{"type":"Snapshot","timestamp":"2024-11-07T10:30:00.5Z","requests_total":1}""")]
    [InlineData("Snapshot", """{"type":"Snapshot","timestamp":"2024-11-07T10:30:00+00:00","requests_total":1}""")]
    [InlineData("Snapshot", """{"type":"Snapshot","timestamp":"2024-11-07T10:30:00Z","success_rate":100.01}""")]
    [InlineData("Snapshot", """{"type":"Snapshot","timestamp":"2024-11-07T10:30:00Z","response_time_avg":1.0}""")]
    [InlineData("TimeSeries", """{"type":"TimeSeries","metric_name":"response_time_avg","data_points":[]}""")]
    [InlineData("TopN", """{"type":"TopN","timestamp":"2024-11-07T10:30:00Z","of":"routes","by":"gateways_reporting","items":[]}""")]
    [InlineData("TopN", """{"type":"TopN","timestamp":"2024-11-07T10:30:00Z","of":"routes","by":"requests_total","items":[{"scope":{"node":"a"},"value":1}]}""")]
    [InlineData("TopN", """{"type":"TopN","timestamp":"2024-11-07T10:30:00Z","of":"routes","by":"requests_total","items":[{"scope":{"route":"a"},"value":1.5}]}""")]
    [InlineData("TopN", """{"type":"TopN","timestamp":"2024-11-07T10:30:00Z","of":"destinations","by":"requests_total","items":[{"scope":{"destination":"a/b"},"value":1,"client_connections":1}]}""")]
    [InlineData("Error", """{"type":"Error","message":""}""")]
    public void Event_that_no_gateway_sends_is_not_valid(string type, string message) => Assert.False(Schemas.IsValid(type, JsonElement.Parse(message)));

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Subscription_with_a_mistake_of_the_parsers_is_not_valid(string message) =>
        Assert.False(Schemas.IsValid("Subscription", JsonElement.Parse(message)));

    [Fact]
    public void Subscription_of_any_fields_is_valid_where_the_parser_takes_it() => Subscriptions.Sample(
        message =>
        {
            var (_, error) = SubscriptionParser.Parse(Encoding.UTF8.GetBytes(message));
            return error?.Contains(StepTooSmall, StringComparison.Ordinal) == true
                || Schemas.IsValid("Subscription", JsonElement.Parse(message)) == (error is null);
        },
        iter: 10_000);

    /// <summary>Messages of fields that are there or not, with values on either side of what is allowed.</summary>
    private static Gen<string> Subscriptions
    {
        get
        {
            string[] metrics = ["[]", "[\"*\"]", "[\"requests_total\"]", "[\"gateways_reporting\"]", "[\"response_time_avg\",\"*\"]", "[7]", "[\"cpu\"]", "{}"];
            string[] scopes = ["{\"route\":\"a\"}", "{\"destination\":\"a/b\"}", "{\"node\":\"a\"}", "{}", "{\"node\":\"\"}", "{\"route\":\"a\",\"node\":\"a\"}", "null"];
            string[] seconds = ["0", "1", "60", "61", "3600", "172800", "172801", "2592000", "2592001", "1.5", "\"1\"", "null"];
            var top = Fields(
                ("of", ["\"routes\"", "\"nodes\"", "\"destinations\"", "\"routes\"", "\"route\"", "1"]),
                ("by", ["\"requests_total\"", "\"response_time_avg\"", "\"gateways_reporting\"", "\"*\"", "1"]),
                ("n", ["0", "1", "200", "201", "null"]),
                ("metrics", metrics));
            return top.SelectMany(ranking => Fields(
                ("metrics", metrics),
                ("interval_seconds", seconds[..4]),
                ("include_history", ["true", "false", "1"]),
                ("history_seconds", seconds),
                ("history_step_seconds", seconds),
                ("scope", scopes),
                ("top", [ranking, ranking, "[]"])));
        }
    }

    private static Gen<string> Fields(params (string Name, string[] Values)[] fields) =>
        fields.Aggregate(Gen.Const(Array.Empty<string>()), (all, field) => all.Select(Field(field.Name, field.Values), (some, one) => some.Concat(one).ToArray()))
            .Select(some => $"{{{string.Join(',', some)}}}");

    /// <summary>A field, or none in every third.</summary>
    private static Gen<string[]> Field(string name, string[] values) => Gen.Int[0, values.Length * 3 / 2].Select(i =>
        i < values.Length ? new[] { $"\"{name}\":{values[i]}" } : []);

    private static JsonElement Element(JsonNode node) => JsonElement.Parse(node.ToJsonString());

    private static string Read(string file) => File.ReadAllText(Path.Combine(Golden(), file));

    private static string Golden([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden");
}
