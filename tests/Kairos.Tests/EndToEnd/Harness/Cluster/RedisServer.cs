using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>A Redis of its own in a folder of its own, which loses nothing that it has acknowledged.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private static readonly string? Program = FindProgram();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kairos-redis-");
    private readonly string[] _arguments;
    private ChildProcess? _process;

    private RedisServer(string[] arguments) => _arguments = arguments;

    public int Port { get; } = FreePort.Next();

    public string Address => string.Create(CultureInfo.InvariantCulture, $"{HostNetwork.LocalAddress}:{Port}");

    public string Output => _process?.Output ?? "";

    /// <summary>Skips the test on a machine without Redis.</summary>
    public static void Require() => Assert.SkipWhen(Program is null, "redis-server is not on the PATH");

    /// <summary>A Redis that answers, with further arguments for the program.</summary>
    public static async Task<RedisServer> StartAsync(params string[] arguments)
    {
        var redis = Create(arguments);
        try
        {
            await redis.StartAgainAsync();
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>A Redis that has an address and does not run yet.</summary>
    public static RedisServer Create(params string[] arguments)
    {
        Require();
        return new RedisServer(arguments);
    }

    /// <summary>Starts it on the same port with the same data; the one before must have ended.</summary>
    public async Task StartAgainAsync()
    {
        var port = Port.ToString(CultureInfo.InvariantCulture);
        _process = ChildProcess.Start(
            Program!,
            [
                "--bind", HostNetwork.LocalAddress, "--protected-mode", "no", "--port", port, "--dir", _folder.FullName, "--save", "",
                "--appendonly", "yes", "--appendfsync", "always", .. _arguments,
            ],
            _folder.FullName);
        await Wait.UntilAsync(AnswersAsync, () => $"an answer of Redis. Its output:\n{Output}");
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        await _process.DisposeAsync();
    }

    /// <summary>A graceful stop.</summary>
    public async Task StopAsync()
    {
        Assert.Equal(0, await _process!.TerminateAsync());
        await _process.DisposeAsync();
    }

    public Task PauseAsync() => _process!.SignalAsync("STOP");

    public Task ResumeAsync() => _process!.SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
            await process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static string? FindProgram() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, "redis-server"))
        .FirstOrDefault(File.Exists);

    private async Task<bool> AnswersAsync()
    {
        Assert.False(_process!.HasExited, $"Redis ended by itself. Its output:\n{Output}");
        try
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(IPAddress.Parse(HostNetwork.LocalAddress), Port, TestContext.Current.CancellationToken);
            await tcp.GetStream().WriteAsync("PING\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            var answer = new byte[100];
            var length = await tcp.GetStream().ReadAsync(answer, TestContext.Current.CancellationToken);
            var text = Encoding.ASCII.GetString(answer, 0, length);
            return text.StartsWith("+PONG", StringComparison.Ordinal) || text.StartsWith("-NOAUTH", StringComparison.Ordinal);
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            return false;
        }
    }
}
