namespace Kairos.Client;

/// <summary>How a stream stands.</summary>
/// <param name="Phase">In one word.</param>
/// <param name="Url">The node that it is connected to, or was last; without the session. Null before the first.</param>
/// <param name="RetryAt">When the next attempt is; only while waiting.</param>
/// <param name="Reason">Why there is no connection, in a few words; only while waiting.</param>
public sealed record MetricsStreamState(MetricsStreamPhase Phase, Uri? Url = null, DateTimeOffset? RetryAt = null, string? Reason = null);
