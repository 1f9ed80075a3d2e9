using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Serialization;
using Orleans.Storage;

namespace Kairos.Grains;

/// <inheritdoc cref="ISessionDirectoryGrain"/>
/// <remarks>No call waits for storage: pages that changed are written beside the calls, one write of each at a time.</remarks>
[GrainType("session-directory")]
internal sealed class SessionDirectoryGrain(
    [FromKeyedServices(GrainStorage.Name)] IGrainStorage storage,
    Serializer<StoredSessions> pages,
    SessionsOptions options,
    GrainInstruments instruments,
    TimeProvider timeProvider,
    ILogger<SessionDirectoryGrain> logger) : Grain, ISessionDirectoryGrain
{
    /// <summary>With the write itself less than a second.</summary>
    private static readonly TimeSpan WritePeriod = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(30);

    /// <summary>A stop waits this long for storage.</summary>
    private static readonly TimeSpan StorageWaitOnStop = TimeSpan.FromSeconds(2);

    private const int WritesAtATime = 16;

    private readonly SessionTable _table = new(options, instruments);
    private StateSlot[] _slots = [];
    private Task _writing = Task.CompletedTask;
    private bool _superseded;
    private bool _failing;

    private long Now => timeProvider.GetUtcNow().ToUnixTimeSeconds();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        try
        {
            _slots = await ReadAsync();
        }
        catch (Exception e) when (e is not OrleansException)
        {
            // What storage throws, callers do not know; this they can tell from a mistake of their own.
            throw new OrleansException($"The sessions cannot be read from storage: {e.Message}", e);
        }

        this.RegisterGrainTimer(_ => _writing = WriteAsync(), new GrainTimerCreationOptions(WritePeriod, WritePeriod) { Interleave = true, KeepAlive = true });
        this.RegisterGrainTimer(Sweep, new GrainTimerCreationOptions(SweepPeriod, SweepPeriod) { KeepAlive = true });
        logger.SessionsRecovered(_table.Count);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        try
        {
            await WriteLastAsync().WaitAsync(StorageWaitOnStop, timeProvider, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            instruments.StorageLate();
        }
    }

    public Task KeepAliveAsync() => Task.CompletedTask;

    public Task<SessionState?> FindAsync(string id) => Task.FromResult(_table.Find(id, Now));

    public Task<bool> KeepAsync(SessionState session) => Task.FromResult(_table.Keep(session, Now));

    public Task ForgetAsync(string id)
    {
        _table.Forget(id);
        return Task.CompletedTask;
    }

    public Task<SessionPage> ListAsync(string after, int max) => Task.FromResult(_table.List(after, max, Now));

    private Task Sweep(CancellationToken cancellationToken)
    {
        _table.Sweep(Now);
        return Task.CompletedTask;
    }

    private async Task<StateSlot[]> ReadAsync()
    {
        StateSlot[] slots = [.. Enumerable.Range(0, SessionTable.PageCount).Select(page => new StateSlot(storage, this.GetGrainId(), $"page-{page}"))];
        await Task.WhenAll(slots.Select(slot => slot.ReadAsync()));
        foreach (var slot in slots.Where(slot => slot.Exists))
        {
            _table.Restore(pages.Deserialize(slot.Payload)!, Now);
            slot.Forget();
        }

        return slots;
    }

    private async Task WriteLastAsync()
    {
        await _writing;
        await WriteAsync();
    }

    private async Task WriteAsync()
    {
        foreach (var batch in _table.Unwritten.Chunk(WritesAtATime))
        {
            await Task.WhenAll(batch.Select(WriteAsync));
        }
    }

    private async Task WriteAsync(int page)
    {
        if (_superseded || _slots.Length == 0)
        {
            return;
        }

        var slot = _slots[page];
        try
        {
            await slot.WriteAsync(slot.Sequence + 1, pages.SerializeToArray(_table.TakeUnwritten(page)));
            slot.Forget();
            _failing = false;
        }
        catch (InconsistentStateException e)
        {
            _superseded = true;
            logger.DirectorySuperseded(e);
            DeactivateOnIdle();
        }
        catch (Exception e)
        {
            _table.PutBack(page);
            instruments.StorageFailed();
            if (!_failing)
            {
                logger.SessionsNotWritten(e);
            }

            _failing = true;
        }
    }
}
