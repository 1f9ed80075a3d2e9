using System.Net;
using System.Net.Sockets;

namespace Kairos.Tests.EndToEnd;

/// <summary>Picks loopback ports for processes that are told theirs. Thread-safe.</summary>
internal static class FreePort
{
    // Below the range from which the kernel takes ports for outgoing connections, so none of those can slip in
    // between the pick and the listen; away from the ports that silos use by default.
    private const int First = 20_000;
    private const int Count = 9_000;
    private static int _next = Environment.ProcessId * 97 % Count;

    public static int Next()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref _next) & int.MaxValue) % Count;
            if (IsFree(port))
                return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
