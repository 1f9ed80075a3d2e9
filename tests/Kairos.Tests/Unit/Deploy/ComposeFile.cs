using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kairos.Tests.EndToEnd;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Kairos.Tests.Unit;

/// <summary>deploy/docker-compose.yml as Compose reads it: merges done, and what .env holds put in.</summary>
internal sealed partial class ComposeFile
{
    private readonly JsonNode _root;

    private ComposeFile(JsonNode root, IReadOnlyDictionary<string, string> knobs, IReadOnlySet<string> asked) =>
        (_root, Knobs, Asked) = (root, knobs, asked);

    /// <summary>What .env sets.</summary>
    public IReadOnlyDictionary<string, string> Knobs { get; }

    /// <summary>The variables that the file asks for.</summary>
    public IReadOnlySet<string> Asked { get; }

    public IEnumerable<KeyValuePair<string, JsonNode>> Services => _root["services"]!.AsObject().Select(service => KeyValuePair.Create(service.Key, service.Value!));

    public JsonNode this[string service] => _root["services"]![service]!;

    public static ComposeFile Load()
    {
        var folder = Path.Combine(Build.Root, "deploy");
        var knobs = File.ReadLines(Path.Combine(folder, ".env"))
            .Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        var asked = new HashSet<string>();
        var text = Variable().Replace(File.ReadAllText(Path.Combine(folder, "docker-compose.yml")), match =>
        {
            asked.Add(match.Groups[1].Value);
            return knobs.GetValueOrDefault(match.Groups[1].Value, "");
        });
        var yaml = new DeserializerBuilder().Build().Deserialize(new MergingParser(new Parser(new StringReader(text))));
        return new ComposeFile(JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(yaml))!, knobs, asked);
    }

    /// <summary>A service's environment.</summary>
    public Dictionary<string, string?> EnvironmentOf(string service) =>
        this[service]["environment"]!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value?.ToString());

    [GeneratedRegex(@"\$\{(\w+)\}")]
    private static partial Regex Variable();
}
