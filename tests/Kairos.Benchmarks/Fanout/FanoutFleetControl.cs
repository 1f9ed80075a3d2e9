using System.Net.Http.Json;

namespace Kairos.Benchmarks;

/// <summary>A process of clients, from outside. Disposing ends it.</summary>
internal sealed class FanoutFleetControl(CommandProcess process) : IAsyncDisposable
{
    public int ProcessId => process.Id;

    public static async Task<FanoutFleetControl> StartAsync(Scratch scratch) => new(await CommandProcess.StartAsync(FanoutFleet.Command, scratch));

    /// <summary>Returns when all are connected and have subscribed.</summary>
    public Task BeginAsync(FanoutOrder order) => process.TellAsync("begin", JsonContent.Create(order));

    public Task LeaveAsync() => process.TellAsync("leave");

    /// <summary>Lateness is counted anew.</summary>
    public Task ResetAsync() => process.TellAsync("reset");

    public async Task<FanoutFigures> FiguresAsync() => (await process.Http.GetFromJsonAsync<FanoutFigures>("figures"))!;

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
