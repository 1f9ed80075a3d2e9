using System.Net;
using System.Net.Sockets;

namespace Kairos.Tests.EndToEnd;

/// <summary>Picks loopback ports for processes that are told theirs. Thread-safe; several test runs on one machine pick different ones.</summary>
internal static class FreePort
{
    // Below the range from which the kernel takes ports for outgoing connections, so none of those can slip in
    // between the pick and the listen; away from the ports that silos use by default.
    private const int First = 20_000;
    private const int Block = 500;
    private const int Blocks = 18;

    // The first port of a block, listened on for as long as this process lives: the block is its own.
    private static readonly TcpListener Claim = ClaimBlock();
    private static int _next;

    public static int Next()
    {
        while (true)
        {
            var port = ((IPEndPoint)Claim.LocalEndpoint).Port + 1 + (Interlocked.Increment(ref _next) & int.MaxValue) % (Block - 1);
            if (TryListen(port) is not { } listener)
                continue;
            listener.Dispose();
            return port;
        }
    }

    private static TcpListener ClaimBlock() =>
        Enumerable.Range(0, Blocks).Select(block => TryListen(First + block * Block)).FirstOrDefault(listener => listener is not null)
        ?? throw new InvalidOperationException($"All {Blocks} blocks of ports from {First} on are taken by other test runs.");

    private static TcpListener? TryListen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }
}
