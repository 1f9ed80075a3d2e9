using System.Diagnostics.Metrics;

namespace Kairos.Grains;

/// <summary>The grains' own measurements, on the meter <c>Kairos.Grains</c>. Thread-safe.</summary>
internal sealed class GrainInstruments
{
    private readonly Counter<long> _reports;
    private readonly Counter<long> _clocks;
    private readonly Counter<long> _storageFailures;
    private readonly Counter<long> _storageLate;
    private readonly Counter<long> _incomplete;
    private readonly Counter<long> _unreachable;
    private readonly Counter<long> _skipped;

    public GrainInstruments(IMeterFactory meters)
    {
        var meter = meters.Create("Kairos.Grains");
        _reports = meter.CreateCounter<long>("kairos.shard.reports", "{report}", "Reports taken, by outcome");
        _clocks = meter.CreateCounter<long>("kairos.shard.clocks.corrected", "{correction}", "Times that a node's clock was found off and its ticks were corrected, or right again");
        _storageFailures = meter.CreateCounter<long>("kairos.storage.failures", "{write}", "Writes of grain state that failed");
        _storageLate = meter.CreateCounter<long>("kairos.storage.late", "{write}", "Collections answered before storage had everything");
        _incomplete = meter.CreateCounter<long>("kairos.rollup.incomplete", "{tick}", "Ticks published without a shard or node that was late");
        _unreachable = meter.CreateCounter<long>("kairos.rollup.unreachable", "{call}", "Questions to a shard that failed");
        _skipped = meter.CreateCounter<long>("kairos.rollup.unpublished", "{tick}", "Snapshots not put on the stream because the one before was still under way");
    }

    public void ReportTaken(ReportOutcome outcome) => _reports.Add(1, new KeyValuePair<string, object?>("outcome", outcome switch
    {
        ReportOutcome.Merged => "merged",
        ReportOutcome.Closed => "closed",
        ReportOutcome.NameTaken => "name_taken",
        _ => "refused",
    }));

    public void ClockCorrected() => _clocks.Add(1);

    public void StorageFailed() => _storageFailures.Add(1);

    public void StorageLate() => _storageLate.Add(1);

    public void TickIncomplete() => _incomplete.Add(1);

    public void ShardUnreachable() => _unreachable.Add(1);

    public void SnapshotNotPublished() => _skipped.Add(1);
}
