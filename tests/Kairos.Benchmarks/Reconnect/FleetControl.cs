using System.Globalization;
using System.Net.Http.Json;

namespace Kairos.Benchmarks;

/// <summary>The process of the clients, from outside. Disposing ends it.</summary>
internal sealed class FleetControl(CommandProcess process) : IAsyncDisposable
{
    public int ProcessId => process.Id;

    public static async Task<FleetControl> StartAsync(Scratch scratch) => new(await CommandProcess.StartAsync(ClientFleet.Command, scratch));

    public Task BeginAsync(int clients, int seed, string node) =>
        process.TellAsync(string.Create(CultureInfo.InvariantCulture, $"begin?clients={clients}&seed={seed}&node={Uri.EscapeDataString(node)}"));

    public Task HoldAsync() => process.TellAsync("hold");

    public Task LeaveAsync() => process.TellAsync("leave");

    public Task ReturnAsync(IEnumerable<string> nodes) => process.TellAsync($"return?nodes={Uri.EscapeDataString(string.Join(' ', nodes))}");

    public async Task<FleetFigures> FiguresAsync() => (await process.Http.GetFromJsonAsync<FleetFigures>("figures"))!;

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
