using System.Text.Json;
using Yarp.ReverseProxy;

namespace Kairos.Gateway;

/// <summary>
/// Which scopes there are: the routes and destinations of this node's own proxy configuration, and whatever the roll-up has counted.
/// Thread-safe.
/// </summary>
internal sealed class ScopeDirectory(IGrainFactory grains, IProxyStateLookup proxy, GatewaySettings settings, TimeProvider timeProvider)
{
    /// <summary>The roll-up is asked at most once in so long, however many ask for scopes that nobody knows.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Names told to a client that named none of them.</summary>
    private const int NearestMax = 3;

    /// <summary>Names that are compared with one that nobody knows, and characters of each.</summary>
    private const int ComparedMax = 500;
    private const int ComparedLength = 64;

    private readonly Lock _lock = new();
    private Task<HashSet<Scope>> _reading = Task.FromResult<HashSet<Scope>>([]);
    private long? _readAt;

    /// <summary>It is part of this node's own configuration, or this node.</summary>
    public bool IsConfigured(Scope scope) => scope.Kind switch
    {
        ScopeKind.Route => proxy.TryGetRoute(scope.Name, out _),
        ScopeKind.Destination => IsDestination(scope.Name),
        ScopeKind.Node => scope.Name == settings.Node.Id,
        _ => true,
    };

    /// <summary>Null for a scope that there is; else the sentence, with the nearest ones.</summary>
    /// <exception cref="TimeoutException">The roll-up does not answer.</exception>
    public async ValueTask<string?> RefusalAsync(Scope scope)
    {
        if (IsConfigured(scope))
        {
            return null;
        }

        var counted = await CountedAsync();
        if (counted.Contains(scope))
        {
            return null;
        }

        var nearest = Nearest(scope, counted);
        var known = nearest.Count switch
        {
            0 => $"no {scope.KindName} is known yet",
            1 => $"there is {nearest[0]}",
            _ => $"the nearest are {string.Join(", ", nearest)}",
        };
        return $"there is no such {scope.KindName}; {known}";
    }

    /// <summary>Every scope but the cluster, by kind and name.</summary>
    /// <exception cref="TimeoutException">The roll-up does not answer.</exception>
    public async Task<IReadOnlyList<Scope>> AllAsync() =>
        [.. (await CountedAsync()).Union(Configured()).OrderBy(scope => scope.Kind).ThenBy(scope => scope.Name, StringComparer.Ordinal)];

    /// <summary>As the client wrote it, for a sentence.</summary>
    public static string Shown(Scope scope) => $"{{\"{scope.KindName}\":{JsonSerializer.Serialize(FieldReader.Shortened(scope.Name), ScopeNames.Default.String)}}}";

    private IEnumerable<Scope> Configured() => proxy.GetRoutes().Select(route => new Scope(ScopeKind.Route, route.Config.RouteId))
        .Concat(proxy.GetClusters().SelectMany(c => c.Destinations.Select(d => Scope.OfDestination(c.ClusterId, d.Key))))
        .Append(new Scope(ScopeKind.Node, settings.Node.Id));

    private bool IsDestination(string name)
    {
        // Either part may hold a slash.
        for (var at = name.IndexOf('/', StringComparison.Ordinal); at >= 0; at = name.IndexOf('/', at + 1))
        {
            if (proxy.TryGetCluster(name[..at], out var cluster) && cluster.Destinations.ContainsKey(name[(at + 1)..]))
            {
                return true;
            }
        }

        return false;
    }

    private Task<HashSet<Scope>> CountedAsync()
    {
        lock (_lock)
        {
            if (_readAt is not { } at || (_reading.IsCompleted && timeProvider.GetElapsedTime(at) >= Freshness))
            {
                _readAt = timeProvider.GetTimestamp();
                _reading = ReadAsync();
            }

            return _reading;
        }
    }

    private async Task<HashSet<Scope>> ReadAsync() =>
        [.. await grains.GetGrain<ITimeSeriesGrain>(SnapshotStreams.ClusterScope).GetScopesAsync().WaitAsync(CallTimeout, timeProvider)];

    private List<string> Nearest(Scope scope, HashSet<Scope> counted)
    {
        var wanted = Compared(scope.Name);
        return [.. Configured().Union(counted).Where(s => s.Kind == scope.Kind).Select(s => s.Name).Take(ComparedMax)
            .OrderBy(name => Distance(wanted, Compared(name))).ThenBy(name => name, StringComparer.Ordinal)
            .Take(NearestMax).Select(FieldReader.Shortened)];
    }

    private static string Compared(string name) => (name.Length > ComparedLength ? name[..ComparedLength] : name).ToUpperInvariant();

    /// <summary>Insertions, deletions and replacements from one text to another (Levenshtein).</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var (diagonal, left) = (row[0], i);
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                left = Math.Min(Math.Min(left, above) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1));
                (diagonal, row[j]) = (above, left);
            }
        }

        return row[^1];
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class ScopeNames : System.Text.Json.Serialization.JsonSerializerContext;
