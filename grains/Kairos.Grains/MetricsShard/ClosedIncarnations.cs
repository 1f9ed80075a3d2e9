namespace Kairos.Grains;

/// <summary>
/// Incarnations that ended long ago: of the latest what each had counted, so that a node that was only frozen learns what of it is already
/// counted. Bounded; the oldest are forgotten. Runs on the grain scheduler.
/// </summary>
[GenerateSerializer, Alias("Kairos.ClosedIncarnations")]
internal sealed class ClosedIncarnations
{
    /// <summary>Incarnations remembered one by one.</summary>
    public const int RememberedMax = 1_024;

    [Id(1)] private readonly Dictionary<Guid, List<ClosedSeries>> _remembered = [];
    [Id(2)] private readonly Queue<Guid> _order = [];

    /// <summary>What an earlier version had added up of all of them; now the shard's window has it.</summary>
    [Id(0)]
    public Dictionary<SeriesKey, RequestCounters> Sum { get; init; } = [];

    public IReadOnlyList<ClosedSeries>? Find(Guid incarnation) => _remembered.GetValueOrDefault(incarnation);

    public void Add(Incarnation incarnation)
    {
        _remembered[incarnation.Id] = [.. incarnation.Series.Select(s => new ClosedSeries(s.Key, s.Value.Counters))];
        _order.Enqueue(incarnation.Id);
        if (_order.Count > RememberedMax)
        {
            _remembered.Remove(_order.Dequeue());
        }
    }
}
