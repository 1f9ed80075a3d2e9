namespace Kairos.Grains;

/// <summary>Ranks the scopes of a kind, once a tick and query. Runs on the grain scheduler.</summary>
internal sealed class TopRankings
{
    /// <summary>Rankings of one tick that are kept; further queries are answered, and computed each time.</summary>
    private const int KeptMax = 200;

    private readonly Dictionary<TopQuery, TopRanking> _rankings = [];
    private long _tick;

    public TopRanking Get(TopQuery query, Rollup rollup)
    {
        if (_tick != rollup.Tick)
        {
            _rankings.Clear();
            _tick = rollup.Tick;
        }

        if (!_rankings.TryGetValue(query, out var ranking))
        {
            ranking = Rank(query, rollup);
            if (_rankings.Count < KeptMax)
            {
                _rankings.Add(query, ranking);
            }
        }

        return ranking;
    }

    private static TopRanking Rank(TopQuery query, Rollup rollup)
    {
        if (MetricTable.Find(query.By) is not { Metrics: var by } || query.Of == ScopeKind.Cluster)
        {
            return new TopRanking(rollup.Tick, []);
        }

        var metric = by.Single();
        Metric[] others = [.. new MetricSet(query.Metrics).Metrics];
        var rows = rollup.Scopes.Active(rollup.Tick).Where(scope => scope.Scope.Kind == query.Of)
            .Select(scope => (scope.Scope.Name, Reading: ReadingOf(scope, query.IntervalSeconds, rollup.Tick)))
            .Select(s => (s.Name, s.Reading, Value: metric.Value(s.Reading)))
            .Where(s => !double.IsNaN(s.Value))
            .OrderByDescending(s => s.Value).ThenBy(s => s.Name, StringComparer.Ordinal)
            .Take(Math.Clamp(query.Count, 0, TopQuery.CountMax))
            .Select(s => new TopRow(s.Name, s.Value, [.. others.Select(other => other.Value(s.Reading))]));
        return new TopRanking(rollup.Tick, [.. rows]);
    }

    private static Reading ReadingOf(ScopeSeries scope, int intervalSeconds, long tick)
    {
        var added = scope.History.Between(tick - intervalSeconds, tick);
        return new Reading(scope.History.Total, scope.Gauges, added.Counters, intervalSeconds, added.Durations);
    }
}
