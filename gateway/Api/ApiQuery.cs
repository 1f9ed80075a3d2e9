using System.Globalization;

namespace Kairos.Gateway;

/// <summary>Reads the parameters of a request; a mistake is a <see cref="FormatException"/> with a sentence for the client. Thread-safe.</summary>
internal static class ApiQuery
{
    /// <summary>For the OpenAPI document.</summary>
    public const string ScopeDescription = "cluster, or a kind and a name: route/orders, destination/orders/d1, node/gw-1; the cluster when absent";

    private static readonly ScopeKind[] Kinds = [ScopeKind.Route, ScopeKind.Destination, ScopeKind.Node];

    /// <summary><c>cluster</c>, or kind and name such as <c>route/orders</c>; none is the cluster.</summary>
    public static Scope Scope(string? text)
    {
        if (text is null or "cluster")
        {
            return Kairos.Scope.Cluster;
        }

        foreach (var kind in Kinds.Where(kind => text.StartsWith(kind.Name() + "/", StringComparison.Ordinal)))
        {
            var name = text[(kind.Name().Length + 1)..];
            return name.Length is > 0 and <= Kairos.Scope.NameLengthMax
                ? new Scope(kind, name)
                : throw new FormatException($"Parameter `scope` is '{FieldReader.Shortened(text)}'; the name must have 1 to {Kairos.Scope.NameLengthMax} characters.");
        }

        throw new FormatException(
            $"Parameter `scope` is '{FieldReader.Shortened(text)}'; it must be cluster, or a kind and a name: route/orders, destination/orders/d1 or node/gw-1.");
    }

    /// <summary>Names of metrics, in one text with commas or several.</summary>
    /// <param name="texts">As they were given.</param>
    /// <param name="kind">Of the scope, which must have them.</param>
    public static MetricSet Metrics(IEnumerable<string?> texts, ScopeKind kind)
    {
        var (all, chosen) = (MetricTable.Of(kind), default(MetricSet));
        foreach (var text in texts.SelectMany(t => (t ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            var one = MetricTable.Find(text) ?? default;
            chosen |= one.Count > 0 && (one & all) == one
                ? one
                : throw new FormatException(
                    $"Parameter `metric` holds '{FieldReader.Shortened(text)}', which is not a metric of the {kind.Name()}; those are {MetricTable.NamesOf(all)}.");
        }

        return chosen;
    }

    public static int Number(string? text, string name, int min, int max, int otherwise) =>
        text is null ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number
        : throw new FormatException($"Parameter `{name}` is '{FieldReader.Shortened(text)}'; it must be a whole number from {min} to {max}.");

    public static string SessionId(string text, string name) =>
        SocketSession.IsId(text) ? text
        : throw new FormatException(
            $"Parameter `{name}` is '{FieldReader.Shortened(text)}'; it must be {SocketSession.IdLengthMin} to {SocketSession.IdLengthMax} letters, digits, dashes or underscores.");

    /// <summary>An instant: RFC 3339, or Unix seconds; fractions of a second are cut off.</summary>
    public static long? Instant(string? text, string name)
    {
        if (text is null)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            return seconds;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant.ToUnixTimeSeconds()
            : throw new FormatException(
                $"Parameter `{name}` is '{FieldReader.Shortened(text)}'; it must be an instant such as 2026-01-01T10:30:00Z, or Unix seconds.");
    }

    /// <summary>Whole, or rounded to two decimals; null for nothing.</summary>
    public static decimal? Value(Metric metric, Reading reading)
    {
        var value = metric.Value(reading);
        return double.IsNaN(value) ? null
            : metric.IsWhole ? (long)value
            : (decimal)Math.Round(value, 2);
    }

    /// <summary>An instant for a sentence.</summary>
    public static string Shown(long tick) => Utc(tick).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static DateTime Utc(long tick) => DateTimeOffset.FromUnixTimeSeconds(tick).UtcDateTime;
}
