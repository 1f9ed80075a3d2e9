using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// A request on a connection of its own, timed from before the connection to its end. A gateway closes the connection after it has counted
/// the request, so that this time contains the gateway's own, however busy the machine is.
/// </summary>
internal static class TimedRequest
{
    public static async Task<double> SendAsync(int port, string path)
    {
        var began = TimeProvider.System.GetTimestamp();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        var head = string.Create(CultureInfo.InvariantCulture, $"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
        var answer = await ReadToEndAsync(tcp.GetStream());
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        return seconds;
    }

    private static async Task<string> ReadToEndAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
