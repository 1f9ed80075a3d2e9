using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Kairos.Tests.EndToEnd;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>docs/asyncapi.yaml: that it is one, and that all it names is there.</summary>
public sealed class AsyncApiTests
{
    private static readonly WireSchemas Wire = WireSchemas.Default;

    [Fact]
    public void Every_reference_leads_to_something()
    {
        var references = References(Wire.Document).ToArray();
        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.True(
            reference.StartsWith("#/", StringComparison.Ordinal)
                ? Wire.Resolve(new JsonObject { ["$ref"] = reference }) is not null
                : File.Exists(Path.Combine(WireSchemas.Folder, reference)),
            reference));
    }

    [Fact]
    public void Every_schema_is_a_message_and_one_of_the_draft_it_names()
    {
        var files = Directory.EnumerateFiles(Path.Combine(WireSchemas.Folder, "schemas")).Select(file => $"./schemas/{Path.GetFileName(file)}");
        Assert.Equal(files.Order(), Wire.ServerMessages.Concat(Wire.ClientMessages).Select(message => message.Value).Order());
        Assert.All(files, file =>
        {
            var schema = JsonElement.Parse(File.ReadAllBytes(Path.Combine(WireSchemas.Folder, file)));
            Assert.Equal("https://json-schema.org/draft/2020-12/schema", schema.GetProperty("$schema").GetString());
            Assert.EndsWith(Path.GetFileName(file), schema.GetProperty("$id").GetString(), StringComparison.Ordinal);
            Assert.True(MetaSchemas.Draft202012.Evaluate(schema).IsValid, file);
        });
    }

    [Fact]
    public void Every_message_of_the_channel_is_sent_or_received()
    {
        var channel = Wire.Document["channels"]!["metrics"]!;
        Assert.Equal("/ws/metrics", channel["address"]!.GetValue<string>());
        var messages = channel["messages"]!.AsObject().Select(message => Wire.Resolve(message.Value!)["name"]!.GetValue<string>());
        Assert.Equal(messages.Order(), Wire.ServerMessages.Concat(Wire.ClientMessages).Select(message => message.Key).Order());
    }

    [Fact]
    public void Every_example_is_valid() => Assert.All(Wire.Document["components"]!["messages"]!.AsObject(), message =>
    {
        var examples = message.Value!["examples"]!.AsArray();
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.True(
            Wire.IsValid(message.Key, JsonElement.Parse(example!["payload"]!.ToJsonString())), $"{message.Key}: {example}"));
    });

    [Fact]
    public async Task AsyncApis_own_parser_finds_no_mistake()
    {
        if (!await ChildProcess.SucceedsAsync("node", "--version"))
            Assert.Skip("node is not installed.");
        if (!Directory.Exists(Path.Combine(Build.Clients, "node_modules", "@asyncapi")))
            Assert.Skip("tests/clients/node_modules is missing: run npm ci in tests/clients.");

        await using var parser = ChildProcess.Start("node", [Path.Combine(Build.Clients, "asyncapi.mjs"), Path.Combine(WireSchemas.Folder, "asyncapi.yaml")]);

        Assert.True(await parser.WaitForExitAsync() == 0, parser.Output);
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => field.Key == "$ref" ? [field.Value!.GetValue<string>()] : References(field.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };
}
