using Kairos.Grains;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>History goes on while a question for it waits for storage.</summary>
public sealed class HistoryReadingWhileSealingTests : IDisposable
{
    private const long T = RollupActivation.Start;

    private static readonly Scope Route = new(ScopeKind.Route, "orders");

    private readonly MemoryStorage _storage = new();
    private readonly Measurements _measured = new();
    private readonly BlockStore _blocks;
    private readonly ScopeHistory _history = new(ScopeKind.Route, default, T, T, _ => false);

    public HistoryReadingWhileSealingTests()
    {
        _blocks = new BlockStore(_storage, new GrainInstruments(_measured), NullLogger.Instance);
        _history.Restored([]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task ReadAsync_MinutesAreSealedWhileAnOlderBlockIsRead_HasEverySecondOnce(int step)
    {
        Run(1, 900);
        await _blocks.WriteAsync();
        var sealedBefore = _history.SealedTo;
        _storage.Reading = new TaskCompletionSource();
        var reading = new HistoryReader(_blocks).ReadAsync(_history, new HistoryQuery(Route, T, T + 900, step, 900, true), T + 900);
        Assert.False(reading.IsCompleted);

        // Of either tier, blocks that the question found incomplete.
        Run(901, 1_500);
        Assert.Equal((T + 660, T + 1_260), (sealedBefore, _history.SealedTo));
        _storage.Reading.SetResult();
        var points = (await reading).Points;
        Assert.Equal(Enumerable.Range(1, 900 / step).Select(i => (T + (i * step), (long)i * step)), points.Select(point => (point.Tick, point.Counters.Successes)));
        Assert.All(points, point => Assert.Equal((step, step, step), (point.Seconds, point.Added.Successes, point.Durations!.Count)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task ReadAsync_ABlockThatWasIncompleteAtTheLastQuestion_IsThereOnceItIsSealed(int step)
    {
        var reader = new HistoryReader(_blocks);
        Run(1, 900);
        Assert.Equal(900 / step, (await reader.ReadAsync(_history, new HistoryQuery(Route, T, T + 900, step, 900, false), T + 900)).Points.Count);
        Run(901, 1_500);
        await _blocks.WriteAsync();
        var points = (await reader.ReadAsync(_history, new HistoryQuery(Route, T + 600, T + 1_500, step, 900, false), T + 1_500)).Points;
        Assert.Equal(Enumerable.Range((600 / step) + 1, 900 / step).Select(i => T + (i * step)), points.Select(point => point.Tick));
    }

    public void Dispose()
    {
        _blocks.Dispose();
        _measured.Dispose();
    }

    /// <summary>Each second has one request, and what can be sealed is.</summary>
    private void Run(int from, int to)
    {
        for (var i = from; i <= to; i++)
        {
            _history.Add(T + i, Make.Counters(1), Make.Sketch((700, 1)));
            _history.SealNext(T + i).ForEach(block => _blocks.Put(Route, block));
        }
    }
}
