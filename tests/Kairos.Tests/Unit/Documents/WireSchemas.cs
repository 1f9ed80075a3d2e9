using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Kairos.Tests.EndToEnd;
using YamlDotNet.Serialization;

namespace Kairos.Tests.Unit;

/// <summary>docs/asyncapi.yaml, and the schemas that its messages name. Thread-safe.</summary>
internal sealed class WireSchemas
{
    private static readonly EvaluationOptions Options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    private readonly Dictionary<string, JsonSchema> _schemas;

    private WireSchemas(JsonNode document)
    {
        Document = document;
        (ServerMessages, ClientMessages) = (MessagesOf("send"), MessagesOf("receive"));
        var registry = new BuildOptions { SchemaRegistry = new() };
        _schemas = ServerMessages.Concat(ClientMessages).ToDictionary(
            message => message.Key, message => JsonSchema.FromFile(Path.Combine(Folder, message.Value), registry));
    }

    public static string Folder { get; } = Path.Combine(Build.Root, "docs");

    /// <summary>As it is in the repository.</summary>
    public static WireSchemas Default { get; } = new(Read(Path.Combine(Folder, "asyncapi.yaml")));

    public JsonNode Document { get; }

    /// <summary>What the server sends, each with the file of its schema; the name is the event's <c>type</c>.</summary>
    public IReadOnlyDictionary<string, string> ServerMessages { get; }

    /// <summary>What the client sends, likewise.</summary>
    public IReadOnlyDictionary<string, string> ClientMessages { get; }

    public bool IsValid(string message, JsonElement content) => _schemas[message].Evaluate(content, Options).IsValid;

    /// <summary>What is wrong with an event of the server; empty for nothing.</summary>
    public string FaultsOf(JsonElement content)
    {
        var type = content.GetProperty("type").GetString()!;
        if (!ServerMessages.ContainsKey(type))
        {
            return $"no message {type}";
        }

        var result = _schemas[type].Evaluate(content, Options);
        return result.IsValid
            ? ""
            : string.Join("; ", (result.Details ?? []).SelectMany(part => (part.Errors ?? []).Select(e => $"{part.InstanceLocation} {e.Key}: {e.Value}")));
    }

    /// <summary>Follows references within the document.</summary>
    public JsonNode Resolve(JsonNode node)
    {
        while (node is JsonObject fields && fields["$ref"]?.GetValue<string>() is { } reference && reference.StartsWith("#/", StringComparison.Ordinal))
        {
            node = reference[2..].Split('/').Aggregate(Document, (at, step) =>
                at[step.Replace("~1", "/", StringComparison.Ordinal)] ?? throw new InvalidOperationException($"{reference} leads nowhere"));
        }

        return node;
    }

    private static JsonNode Read(string path)
    {
        var yaml = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize(File.ReadAllText(path));
        return JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(yaml))!;
    }

    private Dictionary<string, string> MessagesOf(string action) =>
        Document["operations"]!.AsObject().Select(operation => operation.Value!)
            .Where(operation => operation["action"]!.GetValue<string>() == action)
            .SelectMany(operation => operation["messages"]!.AsArray()).Select(reference => Resolve(reference!))
            .ToDictionary(message => message["name"]!.GetValue<string>(), message => message["payload"]!["$ref"]!.GetValue<string>());
}
