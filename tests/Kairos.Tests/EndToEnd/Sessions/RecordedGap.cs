namespace Kairos.Tests.EndToEnd;

/// <summary>A place where a client was told that Snapshots are missing.</summary>
/// <param name="FromTick">The last tick before it.</param>
/// <param name="FirstTick">The next one.</param>
/// <param name="Reason">As told.</param>
internal sealed record RecordedGap(long FromTick, long FirstTick, string Reason);
