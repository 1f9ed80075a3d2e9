using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// Debian's Prometheus with the configuration of deploy/prometheus, in which only the discovery by DNS is replaced by addresses, and
/// the time between scrapes by a shorter one.
/// </summary>
internal sealed partial class PrometheusServer : IAsyncDisposable
{
    private const string Program = "/usr/bin/prometheus";
    private static readonly string Configuration = Path.Combine(Build.Root, "deploy", "prometheus");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kairos-prometheus-");
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private PrometheusServer(IReadOnlyDictionary<string, string[]> addresses)
    {
        var settings = File.ReadAllText(Path.Combine(Configuration, "prometheus.yml"))
            .Replace("_interval: 5s", "_interval: 1s", StringComparison.Ordinal)
            .Replace("rule_files: [alerts.yml]", $"rule_files: [{Path.Combine(Configuration, "alerts.yml")}]", StringComparison.Ordinal);
        var file = Path.Combine(_folder.FullName, "prometheus.yml");
        File.WriteAllText(file, Discovery().Replace(settings, match => $"static_configs: [{{targets: [{string.Join(", ", addresses[match.Groups[1].Value])}]}}]"));

        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort.Next()}");
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://{address}/") };
        _process = ChildProcess.Start(
            Program, [$"--config.file={file}", $"--storage.tsdb.path={_folder.FullName}/data", $"--web.listen-address={address}"]);
    }

    /// <summary>Skips the test on a machine without Prometheus.</summary>
    public static void Require() => Assert.SkipUnless(File.Exists(Program), "Debian's prometheus is not installed.");

    /// <summary>A Prometheus that has scraped every process of a cluster.</summary>
    public static async Task<PrometheusServer> StartAsync(ClusterRig rig)
    {
        Require();
        var prometheus = new PrometheusServer(new Dictionary<string, string[]>
        {
            ["gateway"] = [.. rig.Nodes.Select(node => node.Process.Http.BaseAddress!.Authority)],
            ["silo"] = [.. rig.Silos.Select(silo => silo.Http.BaseAddress!.Authority)],
        });
        var targets = 2 * rig.Nodes.Count + rig.Silos.Count;
        await Wait.UntilAsync(() => HttpProbe.SucceedsAsync(prometheus._http, "-/ready"), () => $"Prometheus: {prometheus._process.Output}");
        await Wait.UntilAsync(
            async () => await prometheus.TryQueryAsync("sum(up{job=~\"kairos-.*\"})") == targets,
            () => $"{targets} targets: {prometheus._process.Output}");
        return prometheus;
    }

    /// <summary>The values of a query, by their order; an error when Prometheus has one.</summary>
    public async Task<double[]> QueryAsync(string expression) =>
        [.. (await SeriesAsync(expression)).Select(series => double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture))];

    /// <summary>The alerts among the series of a query, by name and state.</summary>
    public async Task<string[]> AlertsAsync(string expression) =>
        [.. (await SeriesAsync(expression)).Select(series => series.GetProperty("metric")).Select(metric => $"{metric.GetProperty("alertname")} ({metric.GetProperty("alertstate")})")];

    /// <summary>The single value of a query; null when there is none.</summary>
    public async Task<double?> TryQueryAsync(string expression) => await QueryAsync(expression) is [var value] ? value : null;

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<JsonElement[]> SeriesAsync(string expression)
    {
        var uri = new Uri($"api/v1/query?query={Uri.EscapeDataString(expression)}", UriKind.Relative);
        using var response = await _http.GetAsync(uri, TestContext.Current.CancellationToken);
        var answer = JsonElement.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.True(answer.GetProperty("status").GetString() == "success", $"{expression}\n{answer}");
        return [.. answer.GetProperty("data").GetProperty("result").EnumerateArray()];
    }

    [GeneratedRegex(@"dns_sd_configs: \[\{names: \[(\w+)\].*\]")]
    private static partial Regex Discovery();
}
