namespace Kairos.Grains;

/// <summary>Every scope that there is, found by what a shard names. Bounded. Runs on the grain scheduler.</summary>
internal sealed class ScopeTable
{
    /// <summary>Scopes with a series of their own; what is beyond shares one overflow scope of its kind.</summary>
    public const int Max = 5_000;

    /// <summary>A scope in which nothing was seen for so long rests: it keeps its total, and nothing is written of it any more.</summary>
    private const long ActiveSeconds = 2 * 86_400;

    /// <summary>From so many scopes on those that have rested longest are forgotten, so many at a time.</summary>
    private const int ForgetFrom = Max * 9 / 10;
    private const int ForgetAtOnce = 50;

    private readonly Dictionary<Scope, ScopeSeries> _scopes = [];
    private readonly Dictionary<PartKey, ScopeSeries[]> _ofPart = [];
    private readonly Presence _presence;
    private readonly GrainInstruments _instruments;

    public ScopeTable(IEnumerable<StoredScope> stored, Presence presence, GrainInstruments instruments)
    {
        (_presence, _instruments) = (presence, instruments);
        foreach (var known in stored)
        {
            Open(known.Scope, known.Total, known.SealedTo, firstTick: 0, isStored: true).ActiveTick = known.ActiveTick;
        }
    }

    public IReadOnlyCollection<ScopeSeries> All => _scopes.Values;

    /// <summary>Those that do not rest.</summary>
    public IEnumerable<ScopeSeries> Active(long tick) => _scopes.Values.Where(s => !Rests(s, tick));

    public IEnumerable<ScopeSeries> Resting(long tick) => _scopes.Values.Where(s => Rests(s, tick));

    public ScopeSeries? Find(Scope scope) => _scopes.GetValueOrDefault(scope);

    /// <summary>The scope, made when it is not there yet.</summary>
    public ScopeSeries Of(Scope scope, long tick)
    {
        if (_scopes.TryGetValue(scope, out var known))
        {
            return known;
        }

        if (_scopes.Count >= Max && scope.Name != Scope.Overflow)
        {
            _instruments.ScopeOverflowed();
            return Of(scope with { Name = Scope.Overflow }, tick);
        }

        // Nothing of it is in storage yet.
        var sealedTo = Math.Max(tick - 1, 0) / ScopeHistory.SealSeconds * ScopeHistory.SealSeconds;
        var opened = Open(scope, default, sealedTo, tick, isStored: false);
        opened.ActiveTick = tick;
        opened.History.Restored([]);
        return opened;
    }

    /// <summary>The scopes in which a part counts: of a series the cluster, its route and its destination; of a node that node.</summary>
    public ScopeSeries[] Of(PartKey part, long tick)
    {
        if (!_ofPart.TryGetValue(part, out var scopes))
        {
            scopes = _ofPart[part] = [.. ScopesOf(part).Where(s => s.Name.Length <= Scope.NameLengthMax).Select(scope => Of(scope, tick))];
        }

        return scopes;
    }

    /// <summary>The scope of a gauge by route or by destination; null for one that never counted anything and finds no room.</summary>
    public ScopeSeries? OfGauge(SeriesKey key, long tick)
    {
        var scope = key.Route.Length > 0 ? new Scope(ScopeKind.Route, key.Route) : Scope.OfDestination(key.Cluster, key.Destination);
        return scope.Name.Length <= Scope.NameLengthMax ? Of(scope, tick) : null;
    }

    /// <summary>Makes room: forgets scopes that rest, with their totals. Storage is to forget them too.</summary>
    public List<Scope> Forget(long tick)
    {
        List<Scope> old = _scopes.Count < ForgetFrom
            ? []
            : [.. Resting(tick).OrderBy(s => s.ActiveTick).Take(ForgetAtOnce).Select(s => s.Scope)];
        if (old.Count > 0)
        {
            old.ForEach(scope => _scopes.Remove(scope));
            _ofPart.Clear();
        }

        return old;
    }

    public List<StoredScope> ToStored() => [.. _scopes.Values.Select(s => new StoredScope(s.Scope, s.History.Total, s.History.SealedTo, s.ActiveTick))];

    private static bool Rests(ScopeSeries series, long tick) => series.Scope != Scope.Cluster && series.ActiveTick < tick - ActiveSeconds;

    private static IEnumerable<Scope> ScopesOf(PartKey part)
    {
        if (part.Node.Length > 0)
        {
            yield return new Scope(ScopeKind.Node, part.Node);
            yield break;
        }

        yield return Scope.Cluster;
        if (part.Series.Route.Length > 0)
        {
            yield return new Scope(ScopeKind.Route, part.Series.Route);
        }

        if (part.Series.Destination.Length > 0)
        {
            yield return Scope.OfDestination(part.Series.Cluster, part.Series.Destination);
        }
    }

    private ScopeSeries Open(Scope scope, RequestCounters total, long sealedTo, long firstTick, bool isStored)
    {
        // Of the cluster and of a node every tick for which a node reported is noted by itself.
        Func<long, bool> isPresent = scope.Kind is ScopeKind.Route or ScopeKind.Destination ? _presence.Has : static _ => false;
        return _scopes[scope] = new ScopeSeries(scope, new ScopeHistory(scope.Kind, total, sealedTo, firstTick, isPresent), isStored);
    }
}
