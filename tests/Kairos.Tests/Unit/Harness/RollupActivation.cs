using Kairos.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Serialization;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>One activation of the roll-up over storage in memory, that tests drive second by second.</summary>
internal sealed class RollupActivation : IDisposable
{
    /// <summary>A whole six hours; seconds are counted from it.</summary>
    public const long Start = 1_699_984_800;

    public static readonly GrainId Grain = GrainId.Create("time-series", "cluster");

    private static readonly IServiceProvider Services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private readonly HistoryReader _history;

    public RollupActivation(MemoryStorage storage, GrainInstruments instruments)
    {
        Blocks = new BlockStore(storage, instruments, NullLogger.Instance);
        Storage = new RollupStorage(
            storage, Grain, Blocks, Services.GetRequiredService<Serializer<RollupHead>>(), Services.GetRequiredService<Serializer<HistoryChunk>>(), NullLogger.Instance);
        _history = new HistoryReader(Blocks);
    }

    public BlockStore Blocks { get; }

    public RollupStorage Storage { get; }

    public Rollup Rollup { get; private set; } = null!;

    /// <summary>As after a failover: the shard tells all that it has, first of all what was there at the head's tick.</summary>
    public static async Task<RollupActivation> BeginAsync(MemoryStorage storage, GrainInstruments instruments)
    {
        var life = await BeginAsync(storage, instruments, shards: 1);
        life.Rollup.Stage(0, Make.Answer() with
        {
            Baseline = new ShardBaseline(life.Rollup.Tick, life.Rollup.Total == default ? [] : Make.Parts(Make.Key, "gw-1", life.Rollup.Total.Successes)),
        });
        return life;
    }

    /// <summary>No shard has been asked yet.</summary>
    public static async Task<RollupActivation> BeginAsync(MemoryStorage storage, GrainInstruments instruments, int shards)
    {
        var life = new RollupActivation(storage, instruments);
        var head = await life.Storage.ReadAsync();
        life.Rollup = new Rollup(shards, head, instruments);
        await life.Storage.WriteHeadAsync(life.Rollup);
        if (storage.FailsReadsOf is not null)
        {
            await Assert.ThrowsAsync<IOException>(() => life.Storage.RestoreAsync(life.Rollup, head));
            storage.FailsReadsOf = null;
        }

        await life.Storage.RestoreAsync(life.Rollup, head);
        return life;
    }

    /// <summary>Each second counts so many requests, and what is to be stored is stored.</summary>
    public async Task RunAsync(int from, int to, int requests = 1)
    {
        for (var i = from; i <= to; i++)
        {
            Run(Make.ShardTick(Start + i, requests));
            if (i % 5 == 0)
                await Storage.WriteAsync(Rollup);
        }
    }

    /// <summary>Rolls up a tick and seals what can be sealed.</summary>
    public void Run(ShardTick counted)
    {
        Rollup.Stage(0, Make.Answer(counted));
        Rollup.Advance(counted.Tick);
        foreach (var scope in Rollup.Scopes.All)
            scope.History.SealNext(Rollup.Tick).ForEach(block => Blocks.Put(scope.Scope, block));
    }

    public Task<HistoryRange> HistoryAsync(HistoryQuery query) => _history.ReadAsync(Rollup.Scopes.Find(query.Scope)!.History, query, Rollup.Tick);

    public Task<SecondsRange> SecondsAsync(Scope scope, long afterTick, bool withDurations = true) => _history.ReadSecondsAsync(Rollup, scope, afterTick, withDurations);

    public void Dispose() => Blocks.Dispose();
}
