namespace Kairos.Grains;

/// <summary>One second of a scope that late counts can still reach. Runs on the grain scheduler.</summary>
internal sealed class OpenSecond
{
    private static readonly Sketch Nothing = new();

    // In one of two forms, or in neither.
    private Sketch? _durations;
    private byte[]? _packed;

    public RequestCounters Added { get; private set; }

    public Gauges Gauges { get; private set; }

    /// <summary>Of two accounts the one of more nodes stands, else the later: after a failover one shard alone may tell of a second again.</summary>
    public void Note(Gauges gauges) => Gauges = gauges.Gateways >= Gauges.Gateways ? gauges : Gauges;

    public void Add(RequestCounters added, Sketch? durations)
    {
        Added += added;
        if (durations is { Buckets.Length: > 0 })
        {
            _durations = Durations() ?? new Sketch();
            _packed = null;
            _durations.Add(durations);
        }
    }

    public void Add(OpenSecond other) => Add(other.Added, other.Durations());

    public void AddTo(Counts sum) => sum.Add(Added, Durations() ?? Nothing);

    public Point ToPoint(long tick, bool withDurations) => new(tick, 1, Added, Gauges, withDurations ? Durations() : null);

    public void Compact()
    {
        _packed = _durations is null ? _packed : PackedSketch.Pack(_durations);
        _durations = null;
    }

    private Sketch? Durations() => _packed is null ? _durations : PackedSketch.Unpack(_packed);
}
