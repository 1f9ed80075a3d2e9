namespace Kairos.Gateway;

/// <summary>A tick of this node while it is kept: the series that changed in it. Used by one loop at a time.</summary>
internal sealed class TickDraft(long tick)
{
    private readonly Dictionary<SeriesKey, (RequestCounters Counters, Sketch Changed)> _series = [];

    public long Tick => tick;

    public Gauges Gauges { get; set; }

    public IReadOnlyList<SeriesInFlight> InFlight { get; set; } = [];

    public int SeriesCount => _series.Count;

    public void Set(SeriesKey key, RequestCounters counters, List<(int Bucket, long Count)> changed)
    {
        var sketch = _series.TryGetValue(key, out var known) ? known.Changed : new Sketch();
        foreach (var (bucket, count) in changed)
        {
            sketch.Set(bucket, count);
        }

        _series[key] = (counters, sketch);
    }

    /// <summary>Takes over what an older tick had changed; where both have a value this one's is the newer.</summary>
    public void FoldIn(TickDraft older)
    {
        foreach (var (key, (counters, changed)) in older._series)
        {
            var mine = _series.TryGetValue(key, out var known) ? known : (Counters: counters, Changed: new Sketch());
            mine.Changed.RaiseTo(changed);
            _series[key] = mine;
        }
    }

    public TickReport ToReport() =>
        new(tick, Gauges, [.. _series.Select(s => new SeriesReport(s.Key, s.Value.Counters, s.Value.Changed.Clone()))]) { InFlight = InFlight };
}
