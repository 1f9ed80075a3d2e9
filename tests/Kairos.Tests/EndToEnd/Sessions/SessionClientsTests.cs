using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Kairos.Client;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>The clients that come with the product, as their users would run them, while the gateways under them die and stop.</summary>
[Collection(ClusterProcesses.Name)]
public sealed partial class SessionClientsTests
{
    // Debian's own, whatever else is on the PATH: its websockets module is a Debian package.
    private const string Python = "/usr/bin/python3";
    private const int TicksAtATime = 4;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_for_dotnet_has_every_second_though_its_gateways_die_and_stop()
    {
        await using var rig = await ClusterRig.StartAsync(silos: 1, gateways: 2);
        var lines = new ConcurrentQueue<string>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var reading = ReadAsync(rig, lines, over.Token);
        await HasEverySecondAsync(rig, () => lines, () => string.Join('\n', lines));
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task Client_in_Python_has_every_second_though_its_gateways_die_and_stop()
    {
        if (!await ChildProcess.SucceedsAsync(Python, "-c", "import websockets"))
            Assert.Skip("Debian's python3-websockets is not installed.");
        await using var rig = await ClusterRig.StartAsync(silos: 1, gateways: 2);
        await using var client = ChildProcess.Start(Python, ["-u", Path.Combine(Build.Clients, "session_client.py"), .. Urls(rig)]);
        await HasEverySecondAsync(rig, () => client.Output.Split('\n'), () => client.Output);
    }

    [Fact]
    public async Task Client_module_in_Node_has_every_second_though_its_gateways_die_and_stop()
    {
        if (!await ChildProcess.SucceedsAsync("node", "--version") || !Directory.Exists(Path.Combine(Build.Clients, "node_modules", "ws")))
            Assert.Skip("node is not installed, or tests/clients/node_modules is missing: run npm ci in tests/clients.");
        await using var rig = await ClusterRig.StartAsync(silos: 1, gateways: 2);
        using var workspace = new Workspace();
        var module = Path.Combine(workspace.ContentPath, "client.mjs");
        await File.WriteAllTextAsync(module, await rig.Nodes[0].Process.Http.GetStringAsync(new Uri("kairos/client.js", UriKind.Relative), Cancelled), Cancelled);
        await using var client = ChildProcess.Start("node", [Path.Combine(Build.Clients, "session_client.mjs"), module, .. Urls(rig)]);
        await HasEverySecondAsync(rig, () => client.Output.Split('\n'), () => client.Output);
    }

    /// <summary>kill -9 under the client, then a graceful stop of the gateway that it went to; and no second is missing, comes twice or is told to be lost.</summary>
    private static async Task HasEverySecondAsync(ClusterRig rig, Func<IEnumerable<string>> lines, Func<string> output)
    {
        await MoreTicksAsync();
        await rig.Nodes[0].KillAsync();
        await MoreTicksAsync();
        await rig.Nodes[0].ReturnAsync();
        await rig.WaitForAdvanceAsync();
        await rig.Nodes[1].Process.TerminateAsync();
        await MoreTicksAsync();

        Assert.True(!lines().Any(line => line.StartsWith("gap", StringComparison.Ordinal)), output());
        var ticks = Ticks();
        Assert.Equal(Enumerable.Range(0, ticks.Count).Select(i => ticks[0] + i), ticks);

        async Task MoreTicksAsync()
        {
            // Live ones, not only those that were missed.
            var after = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + TicksAtATime;
            await Wait.UntilAsync(() => Ticks() is [.., var last] && last >= after, () => $"tick {after}. The client's output:\n{output()}");
        }

        List<long> Ticks() => [.. lines().Select(line => Line().Match(line)).Where(match => match.Success).Select(match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
    }

    private static async Task ReadAsync(ClusterRig rig, ConcurrentQueue<string> lines, CancellationToken cancellationToken)
    {
        var stream = new MetricsStream(new MetricsStreamOptions { Urls = [.. Urls(rig).Select(url => new Uri(url))] });
        stream.Subscribe(new MetricsSubscription { Metrics = ["requests_total"] });
        await foreach (var e in stream.ReadAllAsync(cancellationToken))
        {
            switch (e)
            {
                case SnapshotEvent snapshot when snapshot.Values.Count == 1:
                    lines.Enqueue($"{snapshot.Tick} {snapshot.Values["requests_total"]}");
                    break;
                case GapEvent gap:
                    lines.Enqueue($"gap {gap}");
                    break;
            }
        }
    }

    private static IEnumerable<string> Urls(ClusterRig rig) => rig.Nodes.Select(node => node.Stream.AbsoluteUri);

    [GeneratedRegex(@"^(\d{10}) \d+$")]
    private static partial Regex Line();
}
