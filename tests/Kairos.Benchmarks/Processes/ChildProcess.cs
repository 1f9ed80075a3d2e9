using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kairos.Benchmarks;

/// <summary>A program that a benchmark runs, and the last lines that it printed. Disposing ends it and what it started. Thread-safe.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    private const int LinesMax = 1_000;

    // Linux, x64 and arm64.
    private const int TerminateSignal = 15;
    private const int ContinueSignal = 18;
    private const int StopSignal = 19;

    private static readonly TimeSpan KillWait = TimeSpan.FromSeconds(1);
    private static readonly ConcurrentDictionary<ChildProcess, bool> Running = new();
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private ChildProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        Running[this] = true;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output => string.Join('\n', _lines);

    public static ChildProcess Start(string program, IEnumerable<string> arguments, string workingDirectory)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory,
        };

        // What the shell has set must not reach one side of a comparison.
        foreach (var name in start.Environment.Keys.Where(IsForeign).ToArray())
        {
            start.Environment.Remove(name);
        }

        try
        {
            return new ChildProcess(start);
        }
        catch (Win32Exception)
        {
            throw new BenchmarkException($"'{program}' cannot be started; is it installed?");
        }
    }

    /// <summary>Waits for its end; what it printed.</summary>
    public async Task<string> WaitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode == 0
            ? Output
            : throw new BenchmarkException($"{_process.StartInfo.FileName} ended with code {_process.ExitCode}: {Output}");
    }

    public void Pause() => Signal(StopSignal);

    public void Resume() => Signal(ContinueSignal);

    /// <summary>SIGTERM, then waits for the end.</summary>
    public async Task StopAsync()
    {
        Signal(TerminateSignal);
        await _process.WaitForExitAsync();
    }

    /// <summary>Ends all that runs, when this process is told to end.</summary>
    public static void KillAll()
    {
        foreach (var child in Running.Keys)
        {
            try
            {
                child.Kill();
                child._process.WaitForExit(KillWait);
            }
            catch (InvalidOperationException)
            {
                // Disposed meanwhile, so it has ended.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Running.TryRemove(this, out _);
        Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static bool IsForeign(string name) =>
        name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Kairos__", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("ReverseProxy__", StringComparison.OrdinalIgnoreCase)
        || name.Equals("DOTNET_ENVIRONMENT", StringComparison.OrdinalIgnoreCase)
        || name.Equals("DOTNET_URLS", StringComparison.OrdinalIgnoreCase);

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    private void Signal(int signal)
    {
        if (!_process.HasExited && SendSignal(Id, signal) != 0 && !_process.HasExited)
        {
            throw new BenchmarkException($"Process {Id} could not be sent signal {signal}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        _lines.Enqueue(line);
        if (_lines.Count > LinesMax)
        {
            _lines.TryDequeue(out _);
        }
    }
}
