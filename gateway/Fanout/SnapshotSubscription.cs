using System.Threading.Channels;
using Kairos.Silo;
using Orleans.Streams;

namespace Kairos.Gateway;

/// <summary>
/// This node's subscription to the stream of snapshots, and the end of former ones. One call at a time; each is bounded and never throws.
/// </summary>
internal sealed class SnapshotSubscription(
    IClusterClient client, Scope scope, ChannelWriter<Snapshot> arrived, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(1);

    private StreamSubscriptionHandle<Snapshot>? _handle;

    /// <summary>The node is subscribed, as far as it knows.</summary>
    public bool Exists => _handle is not null;

    /// <summary>There may be subscriptions of this node besides the present one: of attempts that seemed to fail, or that were lost.</summary>
    public bool IsUntidy { get; private set; }

    /// <summary>Subscribes anew. At most one former subscription is left behind: the others are ended first.</summary>
    public async Task RenewAsync()
    {
        if (IsUntidy && !await TidyAsync())
        {
            return;
        }

        IsUntidy = true;
        await TryAsync(async () => _handle = await Stream().SubscribeAsync((snapshot, _) =>
        {
            arrived.TryWrite(snapshot);
            return Task.CompletedTask;
        }).WaitAsync(CallTimeout, timeProvider));
    }

    /// <summary>Ends every subscription of this node but the present one: each would bring every snapshot once more. True when all are ended.</summary>
    public async Task<bool> TidyAsync()
    {
        var done = await TryAsync(async () =>
        {
            foreach (var former in await Stream().GetAllSubscriptionHandles().WaitAsync(CallTimeout, timeProvider))
            {
                if (former.HandleId != _handle?.HandleId)
                {
                    await former.UnsubscribeAsync().WaitAsync(CallTimeout, timeProvider);
                }
            }
        });
        IsUntidy &= !done;
        return done;
    }

    /// <summary>The node stops: silos need not find out by themselves.</summary>
    public Task EndAsync() =>
        _handle is { } handle ? TryAsync(() => handle.UnsubscribeAsync().WaitAsync(EndTimeout, timeProvider)) : Task.CompletedTask;

    private async Task<bool> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (Exception e)
        {
            logger.SubscriptionFailed(e.Reason());
            return false;
        }
    }

    private IAsyncStream<Snapshot> Stream() => client.GetStreamProvider(SnapshotStreams.Provider)
        .GetStream<Snapshot>(StreamId.Create(SnapshotStreams.Namespace, scope.Key));
}
