using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Kairos.Benchmarks;

/// <summary>
/// Subscribers to the stream of the cluster's snapshots that do nothing but count, in a process of their own, so that what they cost is known; told
/// what to do by HTTP. Thread-safe.
/// </summary>
internal sealed class Followers : IAsyncDisposable
{
    public const string Command = "followers";

    /// <summary>More at once time out: the rendezvous grain takes one after another.</summary>
    private const int AtATime = 8;

    private static readonly TimeSpan ConnectWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(30);

    private readonly List<(ClusterClient Client, List<StreamSubscriptionHandle<Snapshot>> Handles)> _nodes = [];
    private readonly Lock _lock = new();
    private readonly Dictionary<long, FollowedTick> _ticks = [];

    public static async Task<int> RunAsync(string[] args)
    {
        await using var followers = new Followers();
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.MapGet("/ready", () => "yes");
        app.MapPost("/grow", (string redis, int nodes, int subscriptions) => followers.GrowAsync(redis, nodes, subscriptions));
        app.MapPost("/leave", followers.LeaveAsync);
        app.MapPost("/take", () => TypedResults.Json(followers.Take()));
        await app.RunAsync();
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (client, _) in _nodes)
        {
            await client.DisposeAsync();
        }
    }

    /// <summary>Until there are so many clients with so many subscriptions each; the seconds that subscribing took.</summary>
    private async Task<double> GrowAsync(string redis, int nodes, int subscriptions)
    {
        while (_nodes.Count < nodes)
        {
            var client = await ClusterClient.StartAsync(redis, GatewayCluster.ClusterId);
            _nodes.Add((client, []));
            await ConnectAsync(client);
        }

        var began = TimeProvider.System.GetTimestamp();
        foreach (var (client, handles) in _nodes)
        {
            var missing = Enumerable.Range(handles.Count, subscriptions - handles.Count);
            await Parallel.ForEachAsync(missing, new ParallelOptions { MaxDegreeOfParallelism = AtATime }, async (_, _) =>
            {
                var handle = await StreamOf(client).SubscribeAsync((snapshot, _) => Took(snapshot));
                lock (handles)
                {
                    handles.Add(handle);
                }
            });
        }

        return TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    private Task LeaveAsync() => Task.WhenAll(_nodes.SelectMany(node => node.Handles).Select(handle => handle.UnsubscribeAsync()));

    /// <summary>The ticks that have arrived since the last call.</summary>
    private FollowedTick[] Take()
    {
        lock (_lock)
        {
            FollowedTick[] taken = [.. _ticks.Values.OrderBy(tick => tick.Tick)];
            _ticks.Clear();
            return taken;
        }
    }

    private Task Took(Snapshot snapshot)
    {
        var late = (TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(snapshot.Tick)).TotalMilliseconds;
        lock (_lock)
        {
            var count = _ticks.TryGetValue(snapshot.Tick, out var tick) ? tick.Deliveries : 0;
            _ticks[snapshot.Tick] = new FollowedTick(snapshot.Tick, count + 1, late);
        }

        return Task.CompletedTask;
    }

    private static async Task ConnectAsync(ClusterClient client)
    {
        for (var began = TimeProvider.System.GetTimestamp(); ; await Task.Delay(ConnectWait, TimeProvider.System))
        {
            try
            {
                await client.Series.GetSnapshotsAsync(Scope.Cluster, 0, follows: true);
                return;
            }
            catch (Exception) when (TimeProvider.System.GetElapsedTime(began) < ConnectMax)
            {
                // Of any kind: the client is not connected yet.
            }
        }
    }

    private static IAsyncStream<Snapshot> StreamOf(ClusterClient client) => client.Grains.GetStreamProvider(SnapshotStreams.Provider)
        .GetStream<Snapshot>(StreamId.Create(SnapshotStreams.Namespace, SnapshotStreams.ClusterScope));
}

/// <summary>How a tick reached the subscribers of a process. From it to the benchmark.</summary>
/// <param name="Tick">Unix seconds of its end.</param>
/// <param name="Deliveries">How many of them have it.</param>
/// <param name="LastMilliseconds">After its end, until the last had it.</param>
internal readonly record struct FollowedTick(long Tick, int Deliveries, double LastMilliseconds);
