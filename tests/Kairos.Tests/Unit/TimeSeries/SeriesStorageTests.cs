using Kairos.Grains;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SeriesStorageTests
{
    private const long T = 1_699_999_200;

    private static readonly GrainId Grain = GrainId.Create("time-series", "cluster");
    private static readonly IServiceProvider Services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private readonly MemoryStorage _storage = new();

    [Fact]
    public async Task ReadAsync_ASeriesThatNeverWrote_IsEmpty()
    {
        var (head, history) = await Open().ReadAsync();
        Assert.Null(head);
        Assert.Empty(history.Range(0, long.MaxValue, 1, 10));
    }

    [Fact]
    public async Task WriteAsync_OverMoreThanAnHour_BringsBackTheLastHourAndWritesEachMinuteOnce()
    {
        var series = Open();
        var (head, history) = await series.ReadAsync();
        var state = new SeriesState(1, head, history);
        const int Seconds = 4_500;
        for (var i = 1; i <= Seconds; i++)
        {
            state.Stage(0, Make.Answer(Make.ShardTick(T + i, i)));
            state.Advance(T + i);
            if (i % 5 == 0)
                await series.WriteAsync(state);
        }

        // 75 minutes, of which the last four can still be reached by late ticks.
        Assert.Equal(Seconds / 5, _storage.Written.Count(name => name == "head"));
        Assert.Equal(71, _storage.Written.Count(name => name.StartsWith("block-", StringComparison.Ordinal)));

        (head, history) = await Open().ReadAsync();
        var recovered = new SeriesState(1, head, history);
        Assert.Equal((state.Tick, state.Total, state.Generation + 1), (recovered.Tick, recovered.Total, recovered.Generation));
        Assert.Equal(state.History.Range(0, long.MaxValue, 1, 4_000), recovered.History.Range(0, long.MaxValue, 1, 4_000));
        Assert.Empty(recovered.History.Sealable());
    }

    [Fact]
    public async Task WriteAsync_AnotherActivationHasWritten_Throws()
    {
        var (mine, other) = (Open(), Open());
        var state = new SeriesState(1, (await mine.ReadAsync()).Head, new History());
        await other.ReadAsync();
        await other.WriteAsync(state);
        await Assert.ThrowsAsync<InconsistentStateException>(() => mine.WriteAsync(state));
    }

    [Fact]
    public async Task WriteAsync_AfterAFailure_WritesTheMinutesThatAreLacking()
    {
        var series = Open();
        var (head, history) = await series.ReadAsync();
        var state = new SeriesState(1, head, history);
        for (var i = 1; i <= 400; i++)
        {
            state.Stage(0, Make.Answer(Make.ShardTick(T + i, i)));
            state.Advance(T + i);
        }

        _storage.Fails = true;
        await Assert.ThrowsAsync<IOException>(() => series.WriteAsync(state));
        _storage.Fails = false;
        await series.WriteAsync(state);
        (head, history) = await Open().ReadAsync();
        Assert.Equal(400, new SeriesState(1, head, history).History.Range(0, long.MaxValue, 1, 4_000).Count);
    }

    private SeriesStorage Open() => new(
        _storage, Grain, Services.GetRequiredService<Serializer<SeriesHead>>(), Services.GetRequiredService<Serializer<List<HistoryPoint>>>());
}
