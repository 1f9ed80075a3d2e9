namespace Kairos.Client;

/// <summary>The session is not this client's any more, and another attempt is for its user to decide.</summary>
public sealed class MetricsSessionEndedException : Exception
{
    internal MetricsSessionEndedException(MetricsSessionEnd end, string sessionId)
        : base(end is MetricsSessionEnd.TakenOver
            ? $"Another connection has taken the session {sessionId} over: another client has its id."
            : $"The session {sessionId} was closed by an operator.")
    {
        End = end;
        SessionId = sessionId;
    }

    /// <summary>Which.</summary>
    public MetricsSessionEnd End { get; }

    /// <summary>The session that it was.</summary>
    public string SessionId { get; }
}
