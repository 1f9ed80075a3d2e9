using System.Diagnostics.Metrics;
using Kairos.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Serialization;
using Orleans.Storage;

namespace Kairos.Benchmarks;

/// <summary>The product's roll-up of simulated nodes in this process, tick by tick as fast as it goes, and what its parts cost. Used by one thread.</summary>
internal sealed class RollupRun : IAsyncDisposable
{
    private const int SaveEveryTicks = 5;

    private readonly ServiceProvider _own = new ServiceCollection().AddMetrics().AddSerializer().BuildServiceProvider();
    private readonly ShardAnswers _answers;
    private readonly BlockStore _blocks;
    private readonly RollupStorage _storage;
    private readonly SealRound _sealing;

    public RollupRun(RollupLoad load, IGrainStorage storage, long fromTick)
    {
        _answers = new ShardAnswers(load);
        var instruments = new GrainInstruments(_own.GetRequiredService<IMeterFactory>());
        _blocks = new BlockStore(storage, instruments, NullLogger.Instance);
        _storage = new RollupStorage(
            storage,
            GrainId.Create("time-series", SnapshotStreams.ClusterScope),
            _blocks,
            _own.GetRequiredService<Serializer<RollupHead>>(),
            _own.GetRequiredService<Serializer<HistoryChunk>>(),
            NullLogger.Instance);

        // From nothing at that tick: the cluster's first minute begins there, not in 1970.
        Rollup = new Rollup(_answers.Shards, new RollupHead(0, fromTick, _answers.Shards, 0, [new StoredScope(Scope.Cluster, default, fromTick, fromTick)]), instruments);
        Rollup.Cluster.History.Restored([]);
        _sealing = new SealRound(Rollup.Scopes, _blocks);
    }

    public Rollup Rollup { get; }

    public HistoryReader History => field ??= new HistoryReader(_blocks);

    /// <summary>Seconds of this thread, as they passed on the clock: their proportions are of use, their sum is the processor's only on a quiet machine.</summary>
    public double Advancing { get; private set; }

    public double Sealing { get; private set; }

    public double Saving { get; private set; }

    public async Task TickAsync()
    {
        var tick = Rollup.Tick + 1;
        _answers.Stage(Rollup, tick);
        var began = TimeProvider.System.GetTimestamp();
        Rollup.Advance(tick);

        // As for the stream, of the cluster alone.
        Rollup.Cluster.ToSnapshot(Rollup.Generation, tick);
        var advanced = TimeProvider.System.GetTimestamp();
        _sealing.SealSome(tick);
        var isSealed = TimeProvider.System.GetTimestamp();
        if (tick % SaveEveryTicks == 0)
        {
            await _storage.WriteAsync(Rollup);
        }

        Advancing += TimeProvider.System.GetElapsedTime(began, advanced).TotalSeconds;
        Sealing += TimeProvider.System.GetElapsedTime(advanced, isSealed).TotalSeconds;
        Saving += TimeProvider.System.GetElapsedTime(isSealed).TotalSeconds;
    }

    public Task SaveAsync() => _storage.WriteAsync(Rollup);

    public ValueTask DisposeAsync()
    {
        _blocks.Dispose();
        return _own.DisposeAsync();
    }
}
