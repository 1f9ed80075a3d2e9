using System.Globalization;
using System.Net.Http.Json;

namespace Kairos.Benchmarks;

/// <summary>A process of subscribers, from outside. Disposing ends it.</summary>
internal sealed class FollowersControl(CommandProcess process) : IAsyncDisposable
{
    public int ProcessId => process.Id;

    public static async Task<FollowersControl> StartAsync(Scratch scratch) => new(await CommandProcess.StartAsync(Followers.Command, scratch));

    /// <summary>Until there are so many clients with so many subscriptions each; the seconds that subscribing took.</summary>
    public async Task<double> GrowAsync(string redis, int nodes, int subscriptions) => double.Parse(
        await process.TellAsync(string.Create(CultureInfo.InvariantCulture, $"grow?redis={Uri.EscapeDataString(redis)}&nodes={nodes}&subscriptions={subscriptions}")),
        CultureInfo.InvariantCulture);

    public Task LeaveAsync() => process.TellAsync("leave");

    /// <summary>The ticks that have arrived since the last call.</summary>
    public async Task<IReadOnlyList<FollowedTick>> TakeAsync()
    {
        using var response = await process.Http.PostAsync("take", content: null);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<FollowedTick[]>())!;
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
