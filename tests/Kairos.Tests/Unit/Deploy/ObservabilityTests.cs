using System.Text.Json;
using Kairos.Tests.EndToEnd;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>The files of deploy/prometheus and deploy/grafana, by Prometheus's own tool where that is, and without a Grafana.</summary>
public sealed class ObservabilityTests
{
    private static readonly string Prometheus = Path.Combine(Build.Root, "deploy", "prometheus");

    [Fact]
    public async Task Prometheus_takes_its_configuration_and_rules() =>
        await Promtool.AssertAsync("check", "config", Path.Combine(Prometheus, "prometheus.yml"));

    [Fact]
    public async Task Alerts_fire_when_they_should_and_only_then()
    {
        // The tool looks for the rules beside the file of tests.
        var folder = Directory.CreateTempSubdirectory("kairos-alerts-");
        try
        {
            File.Copy(Path.Combine(Prometheus, "alerts.yml"), Path.Combine(folder.FullName, "alerts.yml"));
            var tests = Path.Combine(folder.FullName, "alerts_test.yml");
            File.Copy(Path.Combine(Build.Root, "tests", "Kairos.Tests", "Unit", "Deploy", "alerts_test.yml"), tests);
            await Promtool.AssertAsync("test", "rules", tests);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Every_panel_has_its_place_a_unit_a_description_and_the_data_source_that_is_provisioned()
    {
        var all = Observability.Dashboard().GetProperty("panels").EnumerateArray().ToArray();
        var provisioned = File.ReadAllText(Path.Combine(Build.Root, "deploy", "grafana", "provisioning", "datasources", "prometheus.yml"));

        Assert.Equal(all.Length, all.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        var cells = all.SelectMany(CellsOf).ToArray();
        Assert.Equal(cells.Length, cells.Distinct().Count());
        Assert.All(cells, cell => Assert.InRange(cell.X, 0, 23));
        Assert.All(Observability.Panels(), panel =>
        {
            Assert.NotEqual("", panel.GetProperty("description").GetString());
            Assert.NotEqual("", panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString());
            Assert.All(panel.GetProperty("targets").EnumerateArray(), target =>
                Assert.Contains($"uid: {target.GetProperty("datasource").GetProperty("uid").GetString()}\n", provisioned, StringComparison.Ordinal));
        });
    }

    private static IEnumerable<(int X, int Y)> CellsOf(JsonElement panel)
    {
        var place = panel.GetProperty("gridPos");
        int Get(string name) => place.GetProperty(name).GetInt32();
        return Enumerable.Range(Get("x"), Get("w")).SelectMany(x => Enumerable.Range(Get("y"), Get("h")).Select(y => (x, y)));
    }
}
