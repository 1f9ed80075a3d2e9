using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Kairos.Grains;

/// <summary>
/// One Orleans stream a scope. The cluster's is always published, another while a node has lately asked for its snapshots, as each does that
/// follows it. Of each stream one snapshot is under way at a time. Runs on the grain scheduler.
/// </summary>
internal sealed class ScopeStreams(IStreamProvider provider, GrainInstruments instruments, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>A node that follows a scope asks for it well within this time.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>Streams published beside the cluster's; followers of further scopes fetch their snapshots by calls.</summary>
    public const int Max = 1_000;

    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Scope, ScopeStream> _streams = new() { [Scope.Cluster] = new ScopeStream(provider, Scope.Cluster) };

    /// <summary>Somebody follows the scope.</summary>
    public void Want(Scope scope)
    {
        if (!_streams.TryGetValue(scope, out var stream))
        {
            if (_streams.Count > Max)
            {
                instruments.StreamRefused();
                return;
            }

            stream = _streams[scope] = new ScopeStream(provider, scope);
        }

        stream.WantedAt = timeProvider.GetTimestamp();
    }

    public void Publish(Rollup rollup)
    {
        foreach (var (scope, stream) in _streams)
        {
            if (scope != Scope.Cluster && timeProvider.GetElapsedTime(stream.WantedAt) > Lease)
            {
                _streams.Remove(scope);
            }
            else if (!stream.Publishing.IsCompleted)
            {
                instruments.SnapshotNotPublished();
            }
            else if (rollup.Scopes.Find(scope) is { } series)
            {
                stream.Publishing = PublishAsync(stream, series.ToSnapshot(rollup.Generation, rollup.Tick));
            }
        }
    }

    private async Task PublishAsync(ScopeStream stream, Snapshot snapshot)
    {
        try
        {
            await stream.Stream.OnNextAsync(snapshot).WaitAsync(PublishTimeout, timeProvider);
        }
        catch (Exception e)
        {
            instruments.SnapshotNotPublished();
            logger.PublishFailed(e);
        }
    }

    private sealed class ScopeStream(IStreamProvider provider, Scope scope)
    {
        public IAsyncStream<Snapshot> Stream { get; } = provider.GetStream<Snapshot>(StreamId.Create(SnapshotStreams.Namespace, scope.Key));

        public long WantedAt { get; set; }

        public Task Publishing { get; set; } = Task.CompletedTask;
    }
}
