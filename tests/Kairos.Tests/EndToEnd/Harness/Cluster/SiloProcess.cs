using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>The built silo as a process of its own, on ports that no other silo had before.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private readonly Workspace _workspace;
    private readonly ChildProcess _process;

    private SiloProcess(string redis, string clusterId, int? host, string[] arguments)
    {
        Address = host is { } other ? HostNetwork.AddressOf(other) : HostNetwork.LocalAddress;
        var httpPort = FreePort.Next();
        _workspace = new Workspace();
        _process = Launch(
            _workspace,
            $"http://{Address}:{httpPort}",
            host,
            [
                $"--Kairos:Silo:AdvertisedAddress={Address}", $"--ConnectionStrings:Redis={redis}", $"--Kairos:Cluster:ClusterId={clusterId}",
                $"--Kairos:Silo:Port={Port}", $"--Kairos:Silo:GatewayPort={FreePort.Next()}", .. arguments,
            ]);
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = new Uri($"http://{Address}:{httpPort}/"),
            Timeout = Wait.Limit,
        };
    }

    public string Address { get; }

    /// <summary>The port by which silos know each other.</summary>
    public int Port { get; } = FreePort.Next();

    /// <summary>Its health and metrics.</summary>
    public HttpClient Http { get; }

    public string Output => _process.Output;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a silo, on another host where one is given, and does not wait for it.</summary>
    public static SiloProcess Start(string redis, string clusterId, int? host = null, params string[] arguments) => new(redis, clusterId, host, arguments);

    /// <summary>Starts a silo that is expected to stop by itself.</summary>
    public static async Task<(int ExitCode, string Output)> RunToExitAsync(params string[] arguments)
    {
        using var workspace = new Workspace();
        await using var process = Launch(
            workspace,
            $"http://127.0.0.1:{FreePort.Next()}",
            host: null,
            [$"--Kairos:Silo:Port={FreePort.Next()}", $"--Kairos:Silo:GatewayPort={FreePort.Next()}", .. arguments]);
        var exitCode = await process.WaitForExitAsync(Wait.StartLimit);
        return (exitCode, process.Output);
    }

    public Task WaitUntilReadyAsync() =>
        Wait.UntilAsync(IsReadyAsync, () => $"ready silo. Its output:\n{Output}", Wait.StartLimit);

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public Task SignalAsync(string name) => _process.SignalAsync(name);

    public Task<int> WaitForExitAsync() => _process.WaitForExitAsync();

    public Task<int> TerminateAsync() => _process.TerminateAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
        _workspace.Dispose();
    }

    private static ChildProcess Launch(Workspace workspace, string url, int? host, string[] arguments)
    {
        string[] command = [Build.Dotnet, Build.Silo, $"--urls={url}", $"--contentRoot={workspace.ContentPath}", .. arguments];
        if (host is { } other)
            command = [.. HostNetwork.Inside!.On(other), .. command];
        return ChildProcess.Start(command[0], command[1..], workspace.ContentPath);
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process.HasExited)
            Assert.Fail($"The silo stopped with exit code {await _process.WaitForExitAsync()}. Its output:\n{Output}");
        return await HttpProbe.SucceedsAsync(Http, "health/ready");
    }
}
