using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kairos.Benchmarks;

/// <summary>
/// A WebSocket of a client, reduced to what thousands of them in one process can afford: one small buffer, one receive for all frames that have
/// arrived, no timers. Used by one task.
/// </summary>
internal sealed class ClientSocket : IDisposable
{
    private const int BufferBytes = 8 * 1024;
    private const int Text = 1;
    private const int Close = 8;
    private const int Ping = 9;
    private const int Pong = 10;

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _from;
    private int _to;

    private ClientSocket(Socket socket)
    {
        _socket = socket;
    }

    /// <summary>The socket; else how it was refused, and for how many seconds to stay away.</summary>
    /// <param name="server">On this machine.</param>
    /// <param name="target">Path and query.</param>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <param name="receiveBuffer">Bytes that the kernel keeps for it, about; 0 for its own choice.</param>
    /// <exception cref="SocketException">Nobody is there.</exception>
    public static async Task<(ClientSocket? Socket, string Refusal, int RetryAfterSeconds)> ConnectAsync(
        Uri server, string target, CancellationToken cancellationToken, int receiveBuffer = 0)
    {
        var opened = new ClientSocket(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
        try
        {
            if (receiveBuffer > 0)
            {
                opened._socket.ReceiveBufferSize = receiveBuffer;
            }

            await opened._socket.ConnectAsync(IPAddress.Loopback, server.Port, cancellationToken);
            var head = await opened.UpgradeAsync(server, target, cancellationToken);
            var status = head["HTTP/1.1 ".Length..].Split(' ')[0];
            if (status == "101")
            {
                return (opened, "", 0);
            }

            // The sentence that follows, as far as it came along.
            var sentence = Encoding.ASCII.GetString(opened._buffer, opened._from, opened._to - opened._from).Split("\r\n").OrderBy(line => line.Length).Last().Trim();
            opened.Dispose();
            return (null, $"{status} {sentence}", RetryAfter(head));
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>The text of the next frame, valid until the next call; null when the peer has closed. Pings are answered meanwhile.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync()
    {
        while (true)
        {
            var (code, payload) = await FrameAsync();
            switch (code)
            {
                case Text:
                    return payload;
                case Ping:
                    await SendAsync(Pong, payload);
                    break;
                case Close:
                    return null;
            }
        }
    }

    public ValueTask SendAsync(string text) => SendAsync(Text, Encoding.UTF8.GetBytes(text));

    /// <summary>Ends what waits in <see cref="NextAsync"/> too.</summary>
    public void Dispose() => _socket.Dispose();

    private static int RetryAfter(string head)
    {
        const string Name = "Retry-After:";
        var line = head.Split("\r\n").FirstOrDefault(line => line.StartsWith(Name, StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line[Name.Length..], CultureInfo.InvariantCulture);
    }

    private async Task<string> UpgradeAsync(Uri server, string target, CancellationToken cancellationToken)
    {
        var request = string.Create(
            CultureInfo.InvariantCulture,
            $"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        await _socket.SendAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
        while (true)
        {
            await ReceiveAsync(cancellationToken);
            var end = _buffer.AsSpan(0, _to).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                _from = end + 4;
                return Encoding.ASCII.GetString(_buffer, 0, end);
            }
        }
    }

    /// <summary>One whole frame; a server's have no mask, and the product's are never in parts.</summary>
    private async ValueTask<(int Code, ReadOnlyMemory<byte> Payload)> FrameAsync()
    {
        while (true)
        {
            if (_to - _from >= 2)
            {
                var length = _buffer[_from + 1] & 0x7F;
                var header = length == 126 ? 4 : 2;
                if (length == 127 || (_buffer[_from] & 0x80) == 0)
                {
                    throw new IOException("A frame is longer than a client of this benchmark expects, or in parts.");
                }

                if (length == 126 && _to - _from >= 4)
                {
                    length = (_buffer[_from + 2] << 8) | _buffer[_from + 3];
                }

                if (_to - _from >= header && _to - _from >= header + length)
                {
                    var frame = (_buffer[_from] & 0x0F, (ReadOnlyMemory<byte>)_buffer.AsMemory(_from + header, length));
                    _from += header + length;
                    return frame;
                }
            }

            await ReceiveAsync(CancellationToken.None);
        }
    }

    private async ValueTask ReceiveAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
        (_from, _to) = (0, _to - _from);
        if (_to == _buffer.Length)
        {
            throw new IOException("A frame is longer than a client of this benchmark expects.");
        }

        var received = await _socket.ReceiveAsync(_buffer.AsMemory(_to), cancellationToken);
        _to += received > 0 ? received : throw new IOException("The connection was closed.");
    }

    /// <summary>A client's frames have a mask; one of zeros changes nothing.</summary>
    private async ValueTask SendAsync(int code, ReadOnlyMemory<byte> payload)
    {
        byte[] header = payload.Length < 126
            ? [(byte)(0x80 | code), (byte)(0x80 | payload.Length), 0, 0, 0, 0]
            : [(byte)(0x80 | code), 0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length, 0, 0, 0, 0];
        await _socket.SendAsync((byte[])[.. header, .. payload.Span]);
    }
}
