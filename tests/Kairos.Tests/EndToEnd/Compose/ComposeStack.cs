using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// The cluster of deploy/docker-compose.yml as a project of its own, on whichever Docker engine the environment names. Its images must be
/// there. Thread-safe.
/// </summary>
internal sealed partial class ComposeStack : IDisposable
{
    public const int Port = 5900;

    /// <summary>Gateways unless scaled otherwise, as deploy/.env has it.</summary>
    public const int Gateways = 3;

    /// <summary>Set to a tag of the image that is built, by deploy/test-compose.sh: without it no test starts a container.</summary>
    private const string ImageVariable = "KAIROS_COMPOSE_IMAGE";

    /// <summary>The same image by another name, as a later version would have it.</summary>
    public const string NextImage = "kairos-test:next";

    /// <summary>A command that pulls a container's network cable, or plugs it in: its arguments are the container and down or up.</summary>
    private const string CutVariable = "KAIROS_COMPOSE_CUT";

    private const string Project = "kairos-test";
    private const string RoutesFile = "appsettings.json";
    private static readonly string Folder = Path.Combine(Build.Root, "deploy");
    private static readonly TimeSpan CommandLimit = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _routes = Directory.CreateTempSubdirectory("kairos-routes-");

    public ComposeStack()
    {
        // The containers' user is another one.
        if (!OperatingSystem.IsWindows())
            _routes.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.Copy(Path.Combine(Folder, "gateway", RoutesFile), Path.Combine(_routes.FullName, RoutesFile));
    }

    /// <summary>The image that is built; null where no test is to start a container.</summary>
    public static string? Image { get; } = Environment.GetEnvironmentVariable(ImageVariable);

    /// <summary>The image that new containers of silos and gateways are made of.</summary>
    public string KairosImage { get; set; } = Image ?? "";

    /// <summary>What the backup of deploy/README.md writes.</summary>
    public string BackupFile { get; } = Path.Combine(Folder, "kairos.rdb");

    /// <summary>Runs <c>docker compose</c> with arguments; what it printed. An error when it fails.</summary>
    public Task<string> ComposeAsync(params string[] arguments) => RunAsync("docker", ["compose", .. arguments]);

    public Task<string> DockerAsync(params string[] arguments) => RunAsync("docker", arguments);

    /// <summary>Runs a script of the deploy folder.</summary>
    public Task<string> ScriptAsync(string script, params string[] arguments) => RunAsync("bash", [Path.Combine(Folder, script), .. arguments]);

    /// <summary>Runs a script of the deploy folder that must fail, with a variable of its own such as <c>SHARDS=8</c>; what it printed.</summary>
    public Task<string> FailingScriptAsync(string variable, string script, params string[] arguments) =>
        RunAsync("bash", ["-c", "! env \"$@\"", "bash", variable, "bash", Path.Combine(Folder, script), .. arguments]);

    /// <summary>Runs the one command of deploy/README.md that has a text in it.</summary>
    public Task<string> ReadmeAsync(string text)
    {
        var command = File.ReadLines(Path.Combine(Folder, "README.md")).Single(line => line.StartsWith("    ", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal));
        return RunAsync("bash", ["-euo", "pipefail", "-c", command]);
    }

    /// <summary>The ids of a service's containers, those that do not run included, in the order of their numbers.</summary>
    public async Task<string[]> ContainersAsync(string service)
    {
        var printed = await DockerAsync(
            "ps", "--all", "--no-trunc", "--filter", $"label=com.docker.compose.project={Project}",
            "--filter", $"label=com.docker.compose.service={service}", "--format", "{{.Names}} {{.ID}}");
        return [.. NameAndId().Matches(printed).OrderBy(match => int.Parse(match.Groups[1].ValueSpan)).Select(match => match.Groups[2].Value)];
    }

    /// <summary>One property of a container, as <c>docker inspect --format</c> has it.</summary>
    public async Task<string> InspectAsync(string container, string format) => (await DockerAsync("inspect", "--format", format, container)).Trim();

    /// <summary>Waits until a service has so many containers, and all are healthy.</summary>
    public Task WaitUntilHealthyAsync(string service, int count) => Wait.UntilAsync(
        async () =>
        {
            var states = await Task.WhenAll((await ContainersAsync(service)).Select(id => InspectAsync(id, "{{.State.Status}} {{.State.Health.Status}}")));
            return states.Length == count && states.All(state => state == "running healthy");
        },
        () => $"{count} healthy containers of {service}",
        Wait.StartLimit);

    /// <summary>Takes a container off the network, or brings it back there.</summary>
    public Task SetNetworkAsync(string container, bool connected) => Environment.GetEnvironmentVariable(CutVariable) is { Length: > 0 } cut
        ? RunAsync(cut, [container, connected ? "up" : "down"])
        : connected
            ? DockerAsync("network", "connect", "--alias", "silo", $"{Project}_cluster", container)
            : DockerAsync("network", "disconnect", $"{Project}_cluster", container);

    /// <summary>Adds a route to the sample upstreams to the file that the gateways read, as an editor does: a new file in its place.</summary>
    public void AddRoute(string name, string path)
    {
        var file = Path.Combine(_routes.FullName, RoutesFile);
        var settings = JsonNode.Parse(File.ReadAllText(file))!;
        settings["ReverseProxy"]!["Routes"]![name] = new JsonObject
        {
            ["ClusterId"] = "samples",
            ["Match"] = new JsonObject { ["Path"] = path },
            ["Transforms"] = new JsonArray(new JsonObject { ["PathPrefix"] = "/orders" }),
        };
        File.WriteAllText($"{file}.new", settings.ToJsonString());
        File.Move($"{file}.new", file, overwrite: true);
    }

    public void Dispose() => _routes.Delete(recursive: true);

    private async Task<string> RunAsync(string program, string[] arguments)
    {
        string[] environment =
        [
            $"COMPOSE_PROJECT_NAME={Project}", $"COMPOSE_FILE={Path.Combine(Folder, "docker-compose.yml")}", "COMPOSE_PROGRESS=plain",
            $"KAIROS_IMAGE={KairosImage}", $"GATEWAYS={Gateways}", $"ROUTES={_routes.FullName}",
        ];
        await using var process = ChildProcess.Start("env", [.. environment, program, .. arguments], Folder);
        var exitCode = await process.WaitForExitAsync(CommandLimit);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{process.Output}");
        return process.Output;
    }

    [GeneratedRegex(@"^\S+-(\d+) ([0-9a-f]{64})$", RegexOptions.Multiline)]
    private static partial Regex NameAndId();
}
