using System.Runtime.CompilerServices;

namespace Kairos.Gateway;

/// <summary>
/// A body, or an upgraded connection, whose bytes are counted as they pass: what is read was received from the client, what is written is
/// sent to it. So a long transfer shows in the seconds that it takes, and one that breaks off counts for what there was of it. A write
/// counts when the server has taken it. One reader and one writer at a time, as with the stream inside.
/// </summary>
internal sealed class CountedStream(Stream inner, HttpContext context, RequestMeter meter) : Stream
{
    // Found with the first byte: the destination of a request is not known before.
    private Series? _series;

    public override bool CanRead => inner.CanRead;

    public override bool CanWrite => inner.CanWrite;

    public override bool CanSeek => false;

    public override bool CanTimeout => inner.CanTimeout;

    public override int ReadTimeout { get => inner.ReadTimeout; set => inner.ReadTimeout = value; }

    public override int WriteTimeout { get => inner.WriteTimeout; set => inner.WriteTimeout = value; }

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    private Series Series => _series ??= meter.SeriesOf(context);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(buffer, cancellationToken);

        // YARP waits for data with an empty buffer first and then finds it there.
        return buffer.IsEmpty ? reading
            : reading.IsCompletedSuccessfully ? new ValueTask<int>(Received(reading.Result))
            : AwaitAsync(reading);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer) => Received(inner.Read(buffer));

    public override int Read(byte[] buffer, int offset, int count) => Received(inner.Read(buffer, offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var writing = inner.WriteAsync(buffer, cancellationToken);
        if (!writing.IsFaulted && !writing.IsCanceled)
        {
            Sent(buffer.Length);
        }

        return writing;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        inner.Write(buffer);
        Sent(buffer.Length);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitAsync(ValueTask<int> reading) => Received(await reading);

    private int Received(int bytes)
    {
        if (bytes > 0)
        {
            Series.AddReceived(bytes);
        }

        return bytes;
    }

    private void Sent(int bytes)
    {
        if (bytes > 0)
        {
            Series.AddSent(bytes);
        }
    }
}
