namespace Kairos.Silo;

/// <summary>What a log says of a failure that will be tried again.</summary>
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
}
