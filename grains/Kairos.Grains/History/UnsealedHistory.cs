namespace Kairos.Grains;

/// <summary>What no sealed block of a tier has.</summary>
/// <param name="FromTick">The first tick that is in here.</param>
/// <param name="Incomplete">The block that is not complete, packed; null for none.</param>
/// <param name="Before">The counters before the open points.</param>
/// <param name="Open">The open points, ascending.</param>
internal readonly record struct UnsealedHistory(long FromTick, byte[]? Incomplete, RequestCounters Before, List<Point> Open);
