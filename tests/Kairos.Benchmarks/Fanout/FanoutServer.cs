namespace Kairos.Benchmarks;

/// <summary>One of the servers that are compared, and its clients. Used by one thread. Disposing ends what it started.</summary>
internal sealed class FanoutServer(string name, int processId, string url, FanoutFleetControl fleet, CommandProcess? process) : IAsyncDisposable
{
    private readonly List<FanoutWindow> _windows = [];
    private (double Cpu, long Frames, long At) _began;

    public string Name => name;

    public int ProcessId => processId;

    public string Url => url;

    public FanoutFleetControl Fleet => fleet;

    /// <summary>Cores that it uses without clients.</summary>
    public double IdleCores { get; private set; }

    /// <summary>Resident before the clients came, and with them.</summary>
    public (double Before, double With) Megabytes { get; private set; }

    public IReadOnlyList<FanoutWindow> Windows => _windows;

    public static async Task<FanoutServer> StartAsync(string name, string command, Scratch scratch)
    {
        var process = await CommandProcess.StartAsync(command, scratch);
        try
        {
            return new FanoutServer(name, process.Id, process.Url, await FanoutFleetControl.StartAsync(scratch), process);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public async Task BeginWindowAsync() => _began = (CpuTime.Of(processId), (await fleet.FiguresAsync()).Frames, TimeProvider.System.GetTimestamp());

    public async Task EndWindowAsync(bool idle)
    {
        var (cpu, frames) = (CpuTime.Of(processId) - _began.Cpu, (await fleet.FiguresAsync()).Frames - _began.Frames);
        var seconds = TimeProvider.System.GetElapsedTime(_began.At).TotalSeconds;
        if (idle)
        {
            IdleCores = cpu / seconds;
            Megabytes = (ResidentMemory.OfInMegabytes(processId), 0);
        }
        else
        {
            _windows.Add(new FanoutWindow(seconds, cpu, frames, IdleCores));
            Megabytes = (Megabytes.Before, ResidentMemory.OfInMegabytes(processId));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await fleet.DisposeAsync();
        await (process?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}

/// <summary>What a server used in some seconds, and what its clients got.</summary>
internal readonly record struct FanoutWindow(double Seconds, double CpuSeconds, long Frames, double IdleCores)
{
    /// <summary>Without what the process uses anyway.</summary>
    public double MicrosecondsPerFrame => (CpuSeconds - (IdleCores * Seconds)) / Frames * 1e6;

    public double MicrosecondsPerFrameWithIdle => CpuSeconds / Frames * 1e6;
}
