using System.Net.Sockets;
using Yarp.ReverseProxy.Forwarder;

namespace Kairos.Gateway;

/// <summary>What a destination did wrong.</summary>
internal enum DestinationError
{
    /// <summary>Nothing, or something else: the client went away, no destination was healthy, the answer could not be passed on.</summary>
    None,

    /// <summary>No connection to it could be made.</summary>
    Connect,

    /// <summary>It did not answer in time, or its connection was not made in time.</summary>
    Timeout,

    /// <summary>It broke off the connection.</summary>
    Reset,
}

/// <summary>Tells the kinds of destination errors apart by what YARP says of a failed request.</summary>
internal static class DestinationErrors
{
    public static DestinationError KindOf(ForwarderError error, Exception? exception) => error switch
    {
        ForwarderError.RequestTimedOut or ForwarderError.UpgradeActivityTimeout => DestinationError.Timeout,
        ForwarderError.Request => OfRequest(exception),

        // YARP adds the response's failure to that of the request's body. Alone it is a destination that answered without reading on.
        ForwarderError.RequestBodyDestination when exception is AggregateException both => OfTransfer(both.InnerExceptions),
        ForwarderError.ResponseBodyDestination => OfTransfer([exception]),
        ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination => DestinationError.Reset,
        _ => DestinationError.None,
    };

    /// <summary>Before there was a response.</summary>
    private static DestinationError OfRequest(Exception? exception)
    {
        // A socket says more than what was being done with it: a connection may be refused, or not be made within the system's own time.
        if (Find<SocketException>(exception) is { SocketErrorCode: SocketError.TimedOut })
        {
            return DestinationError.Timeout;
        }

        // Bare, it is of a connection that went while it was opened.
        return exception is SocketException ? DestinationError.Connect : (exception as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError or HttpRequestError.VersionNegotiationError => DestinationError.Connect,
            HttpRequestError.ResponseEnded or HttpRequestError.HttpProtocolError => DestinationError.Reset,
            HttpRequestError.Unknown when Find<IOException>(exception) is not null || Find<SocketException>(exception) is not null => DestinationError.Reset,
            _ => DestinationError.None,
        };
    }

    /// <summary>While a body was under way: YARP cancels it when nothing has moved for the activity timeout.</summary>
    private static DestinationError OfTransfer(IEnumerable<Exception?> exceptions) =>
        exceptions.Any(exception => exception is OperationCanceledException || Find<SocketException>(exception) is { SocketErrorCode: SocketError.TimedOut })
            ? DestinationError.Timeout
            : DestinationError.Reset;

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        while (exception is not (null or T))
        {
            exception = exception.InnerException;
        }

        return (T?)exception;
    }
}
