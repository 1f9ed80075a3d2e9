using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kairos.Benchmarks;

/// <summary>
/// The clients of the reconnect benchmark, in a process of their own, so that what they cost is known; told what to do by HTTP. Thread-safe.
/// </summary>
internal sealed class ClientFleet
{
    public const string Command = "clients";

    private readonly ConcurrentDictionary<string, int> _refused = new();
    private readonly ConcurrentDictionary<string, int> _reasons = new();
    private List<SessionClient> _clients = [];
    private TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when clients that are away may come.</summary>
    public Task Gate => _gate.Task;

    public IReadOnlyList<Uri> Nodes { get; private set; } = [];

    public static async Task<int> RunAsync(string[] args)
    {
        var fleet = new ClientFleet();
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.MapGet("/ready", () => "yes");
        app.MapPost("/begin", (int clients, int seed, string node) => fleet.Begin(clients, seed, [new Uri(node)]));
        app.MapPost("/hold", fleet.Hold);
        app.MapPost("/leave", fleet.Leave);
        app.MapPost("/return", (string nodes) => fleet.Return([.. nodes.Split(' ').Select(node => new Uri(node))]));
        app.MapGet("/figures", () => TypedResults.Json(fleet.Figures()));
        await app.RunAsync();
        return 0;
    }

    public void Refused(string how) => _refused.AddOrUpdate(how, 1, (_, count) => count + 1);

    public void Gap(string reason) => _reasons.AddOrUpdate(reason, 1, (_, count) => count + 1);

    /// <summary>The clients come, a few at a time.</summary>
    private void Begin(int clients, int seed, IReadOnlyList<Uri> nodes)
    {
        Return(nodes);
        _clients = [.. Enumerable.Range(0, clients).Select(i => new SessionClient(this, SessionSubscriptions.Of(i), new Random((seed * 1_000_003) + i)))];
        _ = StartAsync();
    }

    private async Task StartAsync()
    {
        foreach (var some in _clients.Chunk(50))
        {
            foreach (var client in some)
            {
                _ = Task.Run(client.RunAsync);
            }

            while (!Array.TrueForAll(some, client => client.HasBegun))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            }
        }
    }

    /// <summary>Who loses his connection from now on stays away.</summary>
    private void Hold()
    {
        _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _refused.Clear();
        _reasons.Clear();
        _clients.ForEach(client => client.Expect());
    }

    /// <summary>All lose their connection.</summary>
    private void Leave()
    {
        Hold();
        _clients.ForEach(client => client.Drop());
    }

    private void Return(IReadOnlyList<Uri> nodes)
    {
        Nodes = nodes;
        _gate.SetResult();
    }

    private FleetFigures Figures()
    {
        ClientReturn[] all = [.. _clients.Select(client => client.Return)];
        return new FleetFigures
        {
            Begun = _clients.Count(client => client.HasBegun),
            BackAt = [.. all.Select(one => one.BackAt).Where(at => at != 0)],
            CaughtUpAt = [.. all.Select(one => one.CaughtUpAt).Where(at => at != 0)],
            LiveAt = [.. all.Select(one => one.LiveAt).Where(at => at != 0)],
            Resumed = all.Count(one => one.IsResumed),
            Recovered = all.Count(one => one.IsRecovered),
            Attempts = all.Sum(one => one.Attempts),
            SnapshotsMissed = all.Sum(one => one.SnapshotsMissed),
            Gaps = all.Sum(one => one.Gaps),
            Missing = all.Sum(one => one.Missing),
            Doubled = all.Sum(one => one.Doubled),
            Refused = new(_refused),
            Reasons = new(_reasons),
        };
    }
}
