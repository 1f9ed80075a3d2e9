using System.Globalization;
using System.Text.Json;
using Kairos.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace Kairos.Benchmarks;

/// <summary>
/// The same fan-out by SignalR: one broadcast to a group for all that want the same in the same second. The server's settings and log levels are
/// the gateway's own. <c>/hub?interval=SECONDS&amp;bytes=LENGTH</c>.
/// </summary>
internal sealed class HubSockets(HubGroups groups) : Hub
{
    public const string Command = "hub-sockets";

    private static readonly TimeSpan Offset = TimeSpan.FromMilliseconds(700);

    public override Task OnConnectedAsync()
    {
        var query = Context.GetHttpContext()!.Request.Query;
        var group = groups.Join(int.Parse(query["interval"]!, CultureInfo.InvariantCulture), int.Parse(query["bytes"]!, CultureInfo.InvariantCulture));
        return Groups.AddToGroupAsync(Context.ConnectionId, group);
    }

    public static async Task<int> RunAsync(string[] args)
    {
        var builder = GatewayHosting.CreateBuilder(args);
        builder.ListenOn(new Http2Options());
        builder.Services.AddSingleton<HubGroups>();

        // The clients of the benchmark do not ping, which is in SignalR's favour.
        builder.Services.AddSignalR(hub => hub.ClientTimeoutInterval = TimeSpan.FromHours(1));
        await using var app = builder.Build();
        app.MapGet("/ready", () => "yes");
        app.MapHub<HubSockets>("/hub");
        var sending = SendAsync(
            app.Services.GetRequiredService<IHubContext<HubSockets>>(), app.Services.GetRequiredService<HubGroups>(), app.Lifetime.ApplicationStopping);
        await app.RunAsync();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    private static async Task SendAsync(IHubContext<HubSockets> hub, HubGroups groups, CancellationToken stop)
    {
        for (var second = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1; ; second++)
        {
            var wait = DateTimeOffset.FromUnixTimeSeconds(second) + Offset - TimeProvider.System.GetUtcNow();
            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, TimeProvider.System, stop);
            foreach (var (group, frame) in groups.Due(second))
            {
                await hub.Clients.Group(group).SendAsync("snapshot", frame, stop);
            }
        }
    }
}

/// <summary>Who wants what in which second. Thread-safe.</summary>
internal sealed class HubGroups
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(int IntervalSeconds, int Phase, int Bytes), JsonElement> _groups = [];
    private int _joined;

    /// <summary>The group of one more client: of those that want the same, some in each second.</summary>
    public string Join(int intervalSeconds, int bytes)
    {
        lock (_lock)
        {
            var key = (intervalSeconds, _joined++ % intervalSeconds, bytes);
            _groups.TryAdd(key, JsonElement.Parse(ReadyFrames.OfLength(bytes)));
            return key.ToString();
        }
    }

    public List<(string Group, JsonElement Frame)> Due(long second)
    {
        lock (_lock)
        {
            return [.. _groups.Where(group => second % group.Key.IntervalSeconds == group.Key.Phase).Select(group => (group.Key.ToString(), group.Value))];
        }
    }
}
