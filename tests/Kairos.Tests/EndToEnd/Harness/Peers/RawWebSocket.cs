using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// The protocol by hand, for what no WebSocket library does: it sends what it is told, answers no ping and reads only
/// when asked.
/// </summary>
internal sealed class RawWebSocket : IDisposable
{
    public const int TextOpcode = 1;
    public const int CloseOpcode = 8;

    private readonly TcpClient _tcp = new(AddressFamily.InterNetwork);

    private RawWebSocket()
    {
    }

    private NetworkStream Stream => _tcp.GetStream();

    public static async Task<RawWebSocket> ConnectAsync(int port, int? receiveBufferBytes = null)
    {
        var socket = new RawWebSocket();
        if (receiveBufferBytes is { } bytes)
            socket._tcp.ReceiveBufferSize = bytes;
        await socket._tcp.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        await socket.UpgradeAsync(port);
        return socket;
    }

    public Task SendTextAsync(string text) => SendAsync(TextOpcode, Encoding.UTF8.GetBytes(text));

    /// <summary>Sends one whole frame, masked as a client must.</summary>
    public async Task SendAsync(int opcode, byte[] payload)
    {
        Assert.InRange(payload.Length, 0, ushort.MaxValue);
        byte[] mask = [1, 2, 3, 4];
        var isShort = payload.Length < 126;
        var frame = new List<byte> { (byte)(0x80 | opcode), (byte)(0x80 | (isShort ? payload.Length : 126)) };
        if (!isShort)
            frame.AddRange([(byte)(payload.Length >> 8), (byte)payload.Length]);
        frame.AddRange(mask);
        frame.AddRange(payload.Select((value, i) => (byte)(value ^ mask[i % 4])));
        await Stream.WriteAsync(frame.ToArray(), TestContext.Current.CancellationToken);
    }

    /// <summary>Reads frames up to the gateway's close frame; its code.</summary>
    public async Task<int> ReadCloseCodeAsync()
    {
        using var patience = new CancellationTokenSource(Wait.Limit, TimeProvider.System);
        while (true)
        {
            var (opcode, payload) = await ReadFrameAsync(patience.Token);
            if (opcode == CloseOpcode)
                return BinaryPrimitives.ReadUInt16BigEndian(payload);
        }
    }

    /// <summary>Reads and drops everything until the gateway ends the connection.</summary>
    public async Task ReadToEndAsync()
    {
        using var patience = new CancellationTokenSource(Wait.Limit, TimeProvider.System);
        try
        {
            await Stream.CopyToAsync(System.IO.Stream.Null, patience.Token);
        }
        catch (IOException)
        {
            // A reset is an end as well.
        }
    }

    /// <summary>Breaks the connection with no close frame, by a TCP reset.</summary>
    public void Vanish()
    {
        _tcp.LingerState = new LingerOption(enable: true, seconds: 0);
        _tcp.Dispose();
    }

    public void Dispose() => _tcp.Dispose();

    private async Task UpgradeAsync(int port)
    {
        var request = $"GET /ws/metrics HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        await Stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);

        using var patience = new CancellationTokenSource(Wait.Limit, TimeProvider.System);
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await Stream.ReadExactlyAsync(one, patience.Token);
            head.Append((char)one[0]);
        }

        Assert.StartsWith("HTTP/1.1 101", head.ToString(), StringComparison.Ordinal);
    }

    private async Task<(int Opcode, byte[] Payload)> ReadFrameAsync(CancellationToken cancellationToken)
    {
        var head = await ReadAsync(2, cancellationToken);
        var length = head[1] & 0x7F;
        if (length == 126)
            length = BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2, cancellationToken));
        else if (length == 127)
            length = (int)BinaryPrimitives.ReadUInt64BigEndian(await ReadAsync(8, cancellationToken));
        return (head[0] & 0x0F, await ReadAsync(length, cancellationToken));
    }

    private async Task<byte[]> ReadAsync(int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await Stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }
}
