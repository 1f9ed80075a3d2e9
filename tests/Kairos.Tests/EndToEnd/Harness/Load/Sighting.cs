namespace Kairos.Tests.EndToEnd;

/// <summary>A Snapshot as a watcher got it.</summary>
/// <param name="Arrived">Timestamp of its arrival.</param>
/// <param name="Tick">Its own time in Unix seconds.</param>
/// <param name="Counts">Its totals.</param>
/// <param name="Active">Its active connections.</param>
internal sealed record Sighting(long Arrived, long Tick, Tally Counts, long Active);
