namespace Kairos.Tests.EndToEnd;

/// <summary>
/// A gateway's place in the cluster: its node id, its port, and whichever process runs there at the moment; with the load on it and
/// the client that watches it.
/// </summary>
internal sealed class GatewayNode : IAsyncDisposable
{
    private readonly Workspace _workspace = new();
    private readonly string _address;
    private readonly string[] _arguments;
    private GatewayProcess? _process;

    public GatewayNode(string id, ClusterRig rig, params string[] arguments)
        : this(id, rig, GatewayProcess.Loopback, arguments)
    {
    }

    private GatewayNode(string id, ClusterRig rig, string address, string[] arguments)
    {
        Id = id;
        _address = address;
        _arguments =
        [
            "--Kairos:Cluster:Mode=Redis", $"--ConnectionStrings:Redis={rig.Redis.Address}",
            $"--Kairos:Cluster:ClusterId={rig.ClusterId}", $"--Kairos:Node:Id={id}", .. arguments,
        ];
        _workspace.WriteSettings(ProxySettings.To(rig.Destination.Address));
        Load = new GatewayLoad(Port, address: address);
        Watcher = new NodeWatcher(Port, () => rig.Begun, address: address);
        Stream = new Uri($"ws://{address}:{Port}/ws/metrics");
    }

    public string Id { get; }

    /// <summary>A command by which its processes are run, such as one that gives them another clock.</summary>
    public string[] Before { get; init; } = [];

    public int Port { get; } = FreePort.Next();

    /// <summary>Where its stream is.</summary>
    public Uri Stream { get; }

    public GatewayLoad Load { get; }

    public NodeWatcher Watcher { get; }

    public GatewayProcess Process => _process ?? throw new InvalidOperationException($"{Id} was not started");

    /// <summary>What the process at this place printed, the earlier ones there too.</summary>
    public string Output { get; private set; } = "";

    public bool Runs => _process is { HasExited: false };

    /// <summary>A gateway on another host of the network that this test runs in.</summary>
    public static GatewayNode OnHost(int host, string id, ClusterRig rig) =>
        new(id, rig, HostNetwork.AddressOf(host), []) { Before = HostNetwork.Inside!.On(host) };

    /// <summary>Starts a process at this place and does not wait for it; the one before must have ended.</summary>
    public async Task StartAsync()
    {
        if (_process is { } former)
        {
            KeepOutput();
            await former.DisposeAsync();
        }

        _process = GatewayProcess.StartOn(_address, _workspace, Port, _arguments, Before);
    }

    /// <summary>Starts a process at this place, and traffic to it once it is ready.</summary>
    public async Task ReturnAsync()
    {
        await StartAsync();
        await Process.WaitUntilReadyAsync();
        Load.Resume();
    }

    /// <summary>SIGKILL in the middle of traffic; the timestamp of that.</summary>
    public async Task<long> KillAsync()
    {
        // What is under way at this instant is lost; nothing more is begun, as a balancer would have it.
        Load.HoldForKill();
        var killed = TimeProvider.System.GetTimestamp();
        Process.Kill();
        await Process.WaitForExitAsync();
        return killed;
    }

    public void KeepOutput() => Output = string.Concat(Output, "\n--- a process\n", _process?.Output);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        await Watcher.DisposeAsync();
        await Load.DisposeAsync();
        _workspace.Dispose();
    }
}
