namespace Kairos.Silo;

/// <summary>What a failure that will be tried again is, and what a log says of it.</summary>
public static class FailureReason
{
    /// <summary>The first line of the innermost message: Orleans puts whole stack traces behind it.</summary>
    public static string Reason(this Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var message = exception.GetBaseException().Message;
        var end = message.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? message : message[..end].TrimEnd(':', ' ');
    }

    /// <summary>
    /// A call to a grain had no answer: none came in time, no silo was there, or a silo gave it up while it waited for one that is lost (Orleans
    /// throws a cancellation then).
    /// </summary>
    public static bool IsNoAnswer(this Exception exception) => exception is TimeoutException or OrleansException or OperationCanceledException;
}
