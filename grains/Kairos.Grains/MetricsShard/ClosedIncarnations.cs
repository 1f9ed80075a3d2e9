namespace Kairos.Grains;

/// <summary>
/// Incarnations that ended long ago: one sum of their counters, and for the latest of them what each had, so that a node that was only
/// frozen learns what of it is already counted. Bounded; the oldest are forgotten. Runs on the grain scheduler.
/// </summary>
[GenerateSerializer, Alias("Kairos.ClosedIncarnations")]
internal sealed class ClosedIncarnations
{
    /// <summary>Incarnations remembered one by one.</summary>
    public const int RememberedMax = 1_024;

    /// <summary>Series of the sum; further ones go to the overflow series.</summary>
    public const int SeriesMax = 2_000;

    [Id(0)] private readonly Dictionary<SeriesKey, RequestCounters> _sum = [];
    [Id(1)] private readonly Dictionary<Guid, List<ClosedSeries>> _remembered = [];
    [Id(2)] private readonly Queue<Guid> _order = [];

    public IReadOnlyDictionary<SeriesKey, RequestCounters> Sum => _sum;

    public IReadOnlyList<ClosedSeries>? Find(Guid incarnation) => _remembered.GetValueOrDefault(incarnation);

    public void Add(Incarnation incarnation)
    {
        foreach (var (key, totals) in incarnation.Series)
        {
            var into = _sum.ContainsKey(key) || _sum.Count < SeriesMax ? key : SeriesKey.Overflow;
            _sum[into] = _sum.GetValueOrDefault(into) + totals.Counters;
        }

        _remembered[incarnation.Id] = [.. incarnation.Series.Select(s => new ClosedSeries(s.Key, s.Value.Counters))];
        _order.Enqueue(incarnation.Id);
        if (_order.Count > RememberedMax)
        {
            _remembered.Remove(_order.Dequeue());
        }
    }
}
