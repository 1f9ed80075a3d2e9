namespace Kairos.Gateway;

/// <summary>
/// The connection under a WebSocket: sends pings between the WebSocket's own frames, and knows since when nothing has come from the peer. So one
/// sweep serves all sockets; the runtime's own keep-alive has a timer for each, which cost more than the frames did (docs/decisions/0017).
/// One reader at a time; writes from any thread, each of them whole, as with the stream inside.
/// </summary>
internal sealed class SocketStream(Stream connection, TimeProvider timeProvider) : Stream
{
    /// <summary>RFC 6455, section 5.5.2: the last fragment, opcode 9, no mask, no payload.</summary>
    private static readonly byte[] Ping = [0x89, 0x00];

    private long _heardAt = timeProvider.GetTimestamp();

    /// <summary>When the WebSocket last asked for more, having taken all that had come; a timestamp of the clock.</summary>
    public long HeardAt => Volatile.Read(ref _heardAt);

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public ValueTask PingAsync() => connection.WriteAsync(Ping);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Here, not when the data comes: a continuation would be memory held by every socket that waits.
        Volatile.Write(ref _heardAt, timeProvider.GetTimestamp());
        return connection.ReadAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => connection.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        connection.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override Task FlushAsync(CancellationToken cancellationToken) => connection.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connection.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Has the connection of <c>/ws/metrics</c> handed over as a <see cref="SocketStream"/>. Used by one request.</summary>
internal sealed class SocketUpgrade(HttpContext context, TimeProvider timeProvider) : InterceptedUpgrade(context)
{
    /// <summary>Once upgraded.</summary>
    public SocketStream? Stream { get; private set; }

    protected override Stream Begin(Stream connection) => Stream = new SocketStream(connection, timeProvider);
}
