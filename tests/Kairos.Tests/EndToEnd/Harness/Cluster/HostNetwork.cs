using System.Globalization;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// Hosts of their own on this machine: network namespaces on a bridge that is in a namespace too, so that nothing of the machine's own
/// network is touched. A host can be cut off as by its cable: packets vanish, nobody is told. Needs root and iproute2.
/// </summary>
internal sealed class HostNetwork : IAsyncDisposable
{
    private const string NetworkVariable = "KAIROS_TEST_NETWORK";
    private const string AddressVariable = "KAIROS_TEST_ADDRESS";

    private readonly string _name;
    private readonly int _hosts;

    private HostNetwork(string name, int hosts) => (_name, _hosts) = (name, hosts);

    /// <summary>The network on whose first host this very process runs; null outside of one.</summary>
    public static HostNetwork? Inside { get; } = Environment.GetEnvironmentVariable(NetworkVariable) is { } name ? new HostNetwork(name, 0) : null;

    /// <summary>Where the processes of a test on this host listen.</summary>
    public static string LocalAddress { get; } = Environment.GetEnvironmentVariable(AddressVariable) ?? "127.0.0.1";

    /// <summary>Skips the test where there can be no such hosts.</summary>
    public static async Task<HostNetwork> StartAsync(int hosts)
    {
        var network = await TryStartAsync(hosts);
        Assert.SkipWhen(network is null, "hosts as network namespaces need root and iproute2");
        return network!;
    }

    /// <summary>Null where there can be no such hosts.</summary>
    public static async Task<HostNetwork?> TryStartAsync(int hosts)
    {
        var network = new HostNetwork(string.Create(CultureInfo.InvariantCulture, $"kairos-{Environment.ProcessId}"), hosts);
        if (!await TryIpAsync("netns", "add", network.Switch))
            return null;
        try
        {
            await IpAsync("-n", network.Switch, "link", "add", "br0", "type", "bridge");
            await IpAsync("-n", network.Switch, "link", "set", "br0", "up");
            for (var host = 1; host <= hosts; host++)
                await network.AddHostAsync(host);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public static string AddressOf(int host) => string.Create(CultureInfo.InvariantCulture, $"10.77.0.{host}");

    /// <summary>What to put before a command so that it runs on a host.</summary>
    public string[] On(int host) => ["nsenter", $"--net=/run/netns/{Namespace(host)}"];

    /// <summary>The same test of the same program, on the first host; five minutes unless a limit is given.</summary>
    public async Task RunTestInsideAsync(string method, TimeSpan? limit = null)
    {
        string[] command =
        [
            $"{NetworkVariable}={_name}", $"{AddressVariable}={AddressOf(1)}", .. On(1), Environment.ProcessPath!,
            "--no-ansi", "--progress", "off", "--show-live-output", "on", "--filter-method", method,
        ];
        await using var test = ChildProcess.Start("env", command, printed: TestLog.Write);
        var exitCode = await test.WaitForExitAsync(limit ?? TimeSpan.FromMinutes(5));
        Assert.True(exitCode == 0, test.Output);
    }

    public Task CutAsync(int host) => IpAsync("-n", Switch, "link", "set", Port(host), "down");

    public Task HealAsync(int host) => IpAsync("-n", Switch, "link", "set", Port(host), "up");

    public async ValueTask DisposeAsync()
    {
        for (var host = 1; host <= _hosts; host++)
            await TryIpAsync("netns", "del", Namespace(host));
        if (_hosts > 0)
            await TryIpAsync("netns", "del", Switch);
    }

    private string Switch => $"{_name}-switch";

    private string Namespace(int host) => string.Create(CultureInfo.InvariantCulture, $"{_name}-{host}");

    private static string Port(int host) => string.Create(CultureInfo.InvariantCulture, $"p{host}");

    private async Task AddHostAsync(int host)
    {
        var name = Namespace(host);
        await IpAsync("netns", "add", name);
        await IpAsync("link", "add", "eth0", "netns", name, "type", "veth", "peer", "name", Port(host), "netns", Switch);
        await IpAsync("-n", Switch, "link", "set", Port(host), "master", "br0", "up");
        await IpAsync("-n", name, "addr", "add", $"{AddressOf(host)}/24", "dev", "eth0");
        await IpAsync("-n", name, "link", "set", "eth0", "up");
        await IpAsync("-n", name, "link", "set", "lo", "up");
    }

    private static Task<bool> TryIpAsync(params string[] arguments) => ChildProcess.SucceedsAsync("ip", arguments);

    private static async Task IpAsync(params string[] arguments) =>
        Assert.True(await TryIpAsync(arguments), $"ip {string.Join(' ', arguments)} failed");
}
