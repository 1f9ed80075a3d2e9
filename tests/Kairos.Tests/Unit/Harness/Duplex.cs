using System.IO.Pipelines;

namespace Kairos.Tests.Unit;

/// <summary>One end of a connection in memory. What is written waits, up to a limit, until the other end reads it.</summary>
internal sealed class Duplex : Stream
{
    private readonly CancellationTokenSource _disposed = new();
    private readonly Stream _reader;
    private readonly Stream _writer;

    private Duplex(PipeReader reader, PipeWriter writer) => (_reader, _writer) = (reader.AsStream(), writer.AsStream());

    /// <param name="bytesToClient">What the server may write ahead of the client; 1 makes each write wait until it is read.</param>
    public static (Duplex Server, Duplex Client) Pair(int bytesToClient = 65_536)
    {
        var toClient = new Pipe(new PipeOptions(pauseWriterThreshold: bytesToClient, resumeWriterThreshold: bytesToClient, useSynchronizationContext: false));
        var toServer = new Pipe(new PipeOptions(useSynchronizationContext: false));
        return (new Duplex(toServer.Reader, toClient.Writer), new Duplex(toClient.Reader, toServer.Writer));
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _reader.ReadAsync(buffer, _disposed.Token);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _writer.WriteAsync(buffer, _disposed.Token);

    public override Task FlushAsync(CancellationToken cancellationToken) => _writer.FlushAsync(cancellationToken);

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        // As a network stream does: what is pending ends.
        _disposed.Cancel();
        _writer.Dispose();
        _reader.Dispose();
        base.Dispose(disposing);
    }
}
