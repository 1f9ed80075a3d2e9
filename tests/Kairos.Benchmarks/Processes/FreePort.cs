using System.Net;
using System.Net.Sockets;

namespace Kairos.Benchmarks;

/// <summary>Picks loopback ports for processes that are told theirs. Used by one thread.</summary>
internal static class FreePort
{
    // Below the range from which the kernel takes ports for outgoing connections, so that none of those slips in between pick and listen.
    private const int First = 12_000;
    private const int Count = 8_000;
    private static int _next = Environment.ProcessId * 89 % Count;

    public static int Next()
    {
        while (true)
        {
            var port = First + (_next++ % Count);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; the next.
            }
        }
    }
}
