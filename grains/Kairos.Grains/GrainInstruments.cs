using System.Diagnostics.Metrics;

namespace Kairos.Grains;

/// <summary>The grains' own measurements, on the meter <c>Kairos.Grains</c>. Thread-safe.</summary>
internal sealed class GrainInstruments
{
    private readonly Counter<long> _reports;
    private readonly Counter<long> _clocks;
    private readonly Counter<long> _series;
    private readonly Counter<long> _storageFailures;
    private readonly Counter<long> _storageLate;
    private readonly Counter<long> _incomplete;
    private readonly Counter<long> _unreachable;
    private readonly Counter<long> _skipped;
    private readonly Counter<long> _scopes;
    private readonly Counter<long> _streams;
    private readonly Counter<long> _blocksLost;
    private readonly Counter<long> _blockBytes;
    private readonly Counter<long> _takeOvers;
    private readonly Counter<long> _directoryFailures;
    private readonly Counter<long> _crowdedOut;
    private readonly Counter<long> _notKept;

    public GrainInstruments(IMeterFactory meters)
    {
        var meter = meters.Create("Kairos.Grains");
        _reports = meter.CreateCounter<long>("kairos.shard.reports", "{report}", "Reports taken, by outcome");
        _clocks = meter.CreateCounter<long>("kairos.shard.clocks.corrected", "{correction}", "Times that a node's clock was found off and its ticks were corrected, or right again");
        _series = meter.CreateCounter<long>("kairos.shard.series.overflows", "{count}", "Counts of series beyond the limit of a shard, added to the overflow series");
        _storageFailures = meter.CreateCounter<long>("kairos.storage.failures", "{write}", "Writes of grain state that failed");
        _storageLate = meter.CreateCounter<long>("kairos.storage.late", "{write}", "Collections answered before storage had everything");
        _incomplete = meter.CreateCounter<long>("kairos.rollup.incomplete", "{tick}", "Ticks published without a shard or node that was late");
        _unreachable = meter.CreateCounter<long>("kairos.rollup.unreachable", "{call}", "Questions to a shard that failed");
        _skipped = meter.CreateCounter<long>("kairos.rollup.unpublished", "{tick}", "Snapshots not put on the stream because the one before was still under way");
        _scopes = meter.CreateCounter<long>("kairos.rollup.scopes.overflows", "{scope}", "Scopes beyond the limit, counted in the overflow scope of their kind");
        _streams = meter.CreateCounter<long>("kairos.rollup.streams.refused", "{request}", "Wishes for a stream of a scope beyond the limit; its snapshots are fetched by calls");
        _blocksLost = meter.CreateCounter<long>("kairos.history.blocks.lost", "{block}", "Blocks of history given up because storage did not take them");
        _blockBytes = meter.CreateCounter<long>("kairos.history.written", "By", "Bytes of sealed history written to storage");
        _takeOvers = meter.CreateCounter<long>("kairos.sessions.takeovers.refused", "{connection}", "Connections refused because their session's live connection was taken over too often");
        _directoryFailures = meter.CreateCounter<long>("kairos.sessions.directory.failures", "{call}", "Sessions that could not be told to the directory; they are told again with their next report");
        _crowdedOut = meter.CreateCounter<long>("kairos.sessions.crowded_out", "{session}", "Sessions without a connection forgotten early, to make room for a new one");
        _notKept = meter.CreateCounter<long>("kairos.sessions.unkept", "{call}", "Times that a session found no room in the directory because all that are kept are connected");
    }

    public void ReportTaken(ReportOutcome outcome) => _reports.Add(1, new KeyValuePair<string, object?>("outcome", outcome switch
    {
        ReportOutcome.Merged => "merged",
        ReportOutcome.Closed => "closed",
        ReportOutcome.NameTaken => "name_taken",
        _ => "refused",
    }));

    public void ClockCorrected() => _clocks.Add(1);

    public void SeriesOverflowed(long counts) => _series.Add(counts);

    public void StorageFailed() => _storageFailures.Add(1);

    public void StorageLate() => _storageLate.Add(1);

    public void TickIncomplete() => _incomplete.Add(1);

    public void ShardUnreachable() => _unreachable.Add(1);

    public void ScopeOverflowed() => _scopes.Add(1);

    public void StreamRefused() => _streams.Add(1);

    public void BlockLost() => _blocksLost.Add(1);

    public void BlockWritten(int bytes) => _blockBytes.Add(bytes);

    public void TakeOverRefused() => _takeOvers.Add(1);

    public void DirectoryFailed() => _directoryFailures.Add(1);

    public void SessionCrowdedOut() => _crowdedOut.Add(1);

    public void SessionNotKept() => _notKept.Add(1);

    public void SnapshotNotPublished() => _skipped.Add(1);
}
