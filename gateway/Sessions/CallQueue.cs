using System.Threading.Channels;

namespace Kairos.Gateway;

/// <summary>
/// Makes only so many calls at a time: thousands at once would wait for each other at the silos, and be made in vain once their time is up. The
/// others wait here, and were never made if their turn does not come. Thread-safe.
/// </summary>
internal sealed class CallQueue
{
    // One item for each call that may be made now; whoever waits longest is given the next.
    private readonly Channel<bool> _turns;
    private readonly TimeSpan _waitMax;
    private readonly TimeProvider _timeProvider;

    public CallQueue(int atATime, TimeSpan waitMax, TimeProvider timeProvider)
    {
        (_turns, _waitMax, _timeProvider) = (Channel.CreateBounded<bool>(atATime), waitMax, timeProvider);
        while (_turns.Writer.TryWrite(true))
        {
        }
    }

    /// <exception cref="TimeoutException">No turn came, and the call was not made; or as the call throws.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> call)
    {
        await EnterAsync();
        try
        {
            return await call();
        }
        finally
        {
            _turns.Writer.TryWrite(true);
        }
    }

    private async Task EnterAsync()
    {
        if (_turns.Reader.TryRead(out _))
        {
            return;
        }

        using var limit = new CancellationTokenSource(_waitMax, _timeProvider);
        try
        {
            await _turns.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No turn for a call came within {_waitMax.TotalSeconds:0.#} s.");
        }
    }
}
