using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>The built gateway as a process of its own.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    public const int DefaultPort = 5900;
    public const string Loopback = "127.0.0.1";

    private readonly ChildProcess _process;

    private GatewayProcess(ChildProcess process, int port, string address = Loopback)
    {
        _process = process;
        Port = port;
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false })
        {
            BaseAddress = new Uri($"http://{address}:{port}/"),
            Timeout = Wait.Limit,
        };
    }

    public int Port { get; }

    public HttpClient Http { get; }

    public string Output => _process.Output;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a gateway on this port and does not wait for it.</summary>
    /// <param name="workspace">Its folder.</param>
    /// <param name="port">Its port on loopback.</param>
    /// <param name="arguments">Its settings.</param>
    /// <param name="before">A command to run it by.</param>
    public static GatewayProcess Start(Workspace workspace, int port, string[] arguments, params string[] before) =>
        StartOn(Loopback, workspace, port, arguments, before);

    /// <summary>The same on another address, of the host that the command before it leads to.</summary>
    public static GatewayProcess StartOn(string address, Workspace workspace, int port, string[] arguments, params string[] before) =>
        new(Launch(workspace, [$"--urls=http://{address}:{port}", .. arguments], before), port, address);

    /// <summary>Starts a gateway on a free port and returns it once it is ready.</summary>
    public static Task<GatewayProcess> StartAsync(Workspace workspace, params string[] arguments)
    {
        var port = FreePort.Next();
        return StartAsync(workspace, port, [$"--urls=http://127.0.0.1:{port}", .. arguments]);
    }

    /// <summary>Starts a gateway that is told no address of its own.</summary>
    public static Task<GatewayProcess> StartOnDefaultPortAsync(Workspace workspace, params string[] arguments) =>
        StartAsync(workspace, DefaultPort, arguments);

    /// <summary>Starts a gateway that is expected to stop by itself.</summary>
    public static async Task<(int ExitCode, string Output)> RunToExitAsync(Workspace workspace, params string[] arguments)
    {
        await using var process = Launch(workspace, [$"--urls=http://127.0.0.1:{FreePort.Next()}", .. arguments]);
        var exitCode = await process.WaitForExitAsync(Wait.StartLimit);
        return (exitCode, process.Output);
    }

    public void Kill() => _process.Kill();

    public Task SignalAsync(string name) => _process.SignalAsync(name);

    public Task<int> WaitForExitAsync() => _process.WaitForExitAsync();

    public Task WaitUntilReadyAsync() =>
        Wait.UntilAsync(IsReadyAsync, () => $"ready gateway. Its output:\n{Output}", Wait.StartLimit);

    public Task<int> TerminateAsync() => _process.TerminateAsync();

    public ValueTask DisposeAsync()
    {
        Http.Dispose();
        return _process.DisposeAsync();
    }

    private static async Task<GatewayProcess> StartAsync(Workspace workspace, int port, string[] arguments)
    {
        var gateway = new GatewayProcess(Launch(workspace, arguments), port);
        try
        {
            await gateway.WaitUntilReadyAsync();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    private static ChildProcess Launch(Workspace workspace, string[] arguments, params string[] before)
    {
        string[] command =
        [
            .. before, Build.Dotnet, Build.Gateway, $"--Kairos:Data:Path={workspace.DataPath}", $"--contentRoot={workspace.ContentPath}", .. arguments,
        ];
        return ChildProcess.Start(command[0], command[1..], workspace.ContentPath);
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process.HasExited)
            Assert.Fail($"The gateway stopped with exit code {await _process.WaitForExitAsync()}. Its output:\n{Output}");
        return await HttpProbe.SucceedsAsync(Http, "health/ready");
    }
}
