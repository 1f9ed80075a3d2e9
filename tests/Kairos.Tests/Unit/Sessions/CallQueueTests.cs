using Kairos.Gateway;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>So many calls are made at a time; whoever waits too long for his turn makes none.</summary>
public sealed class CallQueueTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<TaskCompletionSource<int>> _made = [];
    private readonly CallQueue _queue;

    public CallQueueTests()
    {
        _queue = new CallQueue(2, TimeSpan.FromSeconds(4), _time);
    }

    [Fact]
    public async Task Run_MoreThanMayBeMade_WaitForTheirTurn()
    {
        Task<int>[] calls = [.. Enumerable.Range(0, 3).Select(_ => _queue.RunAsync(Call))];
        Assert.Equal(2, _made.Count);
        _made[0].SetException(new TimeoutException("The silos do not answer."));
        await Assert.ThrowsAsync<TimeoutException>(() => calls[0]);
        await Eventually(() => _made.Count == 3);
        _made[1].SetResult(1);
        _made[2].SetResult(2);
        Assert.Equal((1, 2), (await calls[1], await calls[2]));
    }

    [Fact]
    public async Task Run_NoTurnComesInTime_TheCallIsNotMade()
    {
        Task<int>[] calls = [.. Enumerable.Range(0, 3).Select(_ => _queue.RunAsync(Call))];
        _time.Advance(TimeSpan.FromSeconds(4));
        await Assert.ThrowsAsync<TimeoutException>(() => calls[2]);
        Assert.Equal(2, _made.Count);

        // What has given up takes nobody's place.
        _made[0].SetResult(1);
        Assert.Equal(1, await calls[0]);
        var next = _queue.RunAsync(Call);
        Assert.Equal(3, _made.Count);
        _made[2].SetResult(3);
        Assert.Equal(3, await next);
    }

    private static async Task Eventually(Func<bool> isSo)
    {
        while (!isSo())
            await Task.Yield();
    }

    private Task<int> Call()
    {
        _made.Add(new TaskCompletionSource<int>());
        return _made[^1].Task;
    }
}
