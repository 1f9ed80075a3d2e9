namespace Kairos;

/// <summary>
/// Whose requests a series counts: one destination of one route, in YARP's identifiers.
/// Requests that reached no destination have an empty one; requests that matched no route have all three empty.
/// </summary>
[GenerateSerializer, Immutable, Alias("Kairos.SeriesKey")]
public readonly record struct SeriesKey(
    [property: Id(0)] string Route,
    [property: Id(1)] string Cluster,
    [property: Id(2)] string Destination)
{
    /// <summary>Requests that matched no route.</summary>
    public static readonly SeriesKey Unmatched = new("", "", "");

    /// <summary>Requests of every series beyond the limit of a node, as OpenTelemetry's overflow series.</summary>
    public static readonly SeriesKey Overflow = new("(overflow)", "", "");
}
