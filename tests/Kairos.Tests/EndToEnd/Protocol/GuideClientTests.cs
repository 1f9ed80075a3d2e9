using System.Net;
using System.Net.NetworkInformation;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>The guide's clients as they stand, against a gateway on the port that they name.</summary>
[Collection(DefaultPortGateway.Name)]
public sealed class GuideClientTests
{
    // Debian's own, whatever else is on the PATH: its websockets module is a Debian package.
    private const string Python = "/usr/bin/python3";
    private const string Chromium = "/usr/bin/chromium";

    [Fact]
    public async Task Python_client_shows_history_and_snapshots()
    {
        if (!await ChildProcess.SucceedsAsync(Python, "-c", "import websockets"))
            Assert.Skip("Debian's python3-websockets is not installed.");

        await using var client = ChildProcess.Start(Python, ["-u", ClientFile("guide_client.py")]);

        await WaitForOutputAsync(client, @"^Historical requests_total: [1-9]\d* points$");
        await WaitForOutputAsync(client, @"^Historical success_rate: [1-9]\d* points$");
        await WaitForOutputAsync(client, @"^Total: \d+, Success Rate: \d+\.\d\d%$", times: 3);
        AssertNoFault(client);
    }

    [Fact]
    public async Task Node_client_shows_history_and_snapshots()
    {
        await SkipWithoutNodeAsync();

        await using var client = ChildProcess.Start("node", [ClientFile("guide_client.js")]);

        await WaitForOutputAsync(client, "^Connected to metrics stream$");
        foreach (var metric in MetricsEvents.GuideMetrics)
            await WaitForOutputAsync(client, $@"^{metric}: [1-9]\d* data points$");
        // On connect, in answer, and the first of every five seconds.
        await WaitForOutputAsync(client, @"^\s*requests: \d+,$", times: 3);
        AssertNoFault(client);
    }

    [Fact]
    public async Task Browser_client_shows_live_numbers_and_no_error()
    {
        await SkipWithoutNodeAsync();
        if (!File.Exists(Chromium))
            Assert.Skip("Debian's chromium is not installed.");

        await using var driver = ChildProcess.Start("node", [ClientFile("browser.mjs")]);
        var exitCode = await driver.WaitForExitAsync(TimeSpan.FromSeconds(120));

        Assert.True(exitCode == 0, driver.Output);
        Assert.Contains("\"shown\":true", driver.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rust_clients_exchange_goes_as_the_guide_says()
    {
        await using var client = await MetricsClient.ConnectAsync(GatewayProcess.DefaultPort);
        Assert.True((await client.ReceiveAsync()).IsSnapshotOf(MetricsEvents.GuideMetrics));

        // As serde_json prints the example's subscription: its keys in the order of the alphabet.
        await client.SendAsync(
            """{"include_history":false,"interval_seconds":2,"metrics":["requests_total","response_time_avg"]}""");

        var answer = await client.ReceiveAsync(e => e.IsSnapshotOf("requests_total", "avg_response_time"), "the answer");
        var next = await client.ReceiveAsync();
        Assert.True(next.IsSnapshotOf("requests_total", "avg_response_time"), $"{next}");
        Assert.InRange(next.Tick(), answer.Tick() + 2, long.MaxValue);
    }

    [Fact]
    public void Default_port_is_open_on_loopback_alone()
    {
        var listeners = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
            .Where(endpoint => endpoint.Port == GatewayProcess.DefaultPort).ToArray();

        Assert.NotEmpty(listeners);
        Assert.All(listeners, endpoint => Assert.True(IPAddress.IsLoopback(endpoint.Address), $"{endpoint}"));
    }

    private static string ClientFile(string name) => Path.Combine(Build.Clients, name);

    private static async Task SkipWithoutNodeAsync()
    {
        if (!await ChildProcess.SucceedsAsync("node", "--version"))
            Assert.Skip("node is not installed.");
        if (!Directory.Exists(ClientFile("node_modules/ws")))
            Assert.Skip("tests/clients/node_modules is missing: run npm ci in tests/clients.");
    }

    private static Task WaitForOutputAsync(ChildProcess client, string linePattern, int times = 1) => Wait.UntilAsync(
        () => client.HasExited || client.CountLines(linePattern) >= times,
        () => $"{times} × {linePattern} in the client's output:\n{client.Output}");

    private static void AssertNoFault(ChildProcess client)
    {
        Assert.False(client.HasExited, $"The client stopped. Its output:\n{client.Output}");
        Assert.True(client.CountLines("^(Error|Server error|WebSocket error|Traceback)") == 0, client.Output);
    }
}
