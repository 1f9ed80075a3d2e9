using System.Diagnostics.CodeAnalysis;
using Kairos.Gateway;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class CountedStreamTests : IDisposable
{
    private readonly Measurements _measurements = new();
    private readonly RequestMeter _meter;
    private readonly MemoryStream _inner = new();
    private readonly CountedStream _stream;

    public CountedStreamTests()
    {
        _meter = new RequestMeter(new MeteringOptions(), new GatewayInstruments(_measurements));
        _stream = new CountedStream(_inner, new DefaultHttpContext(), _meter);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private (long Received, long Sent) Counted
    {
        get
        {
            var counters = _meter.SeriesOf("", "", "").Counters(0);
            return (counters.BytesReceived, counters.BytesSent);
        }
    }

    [Fact]
    [SuppressMessage("Performance", "CA1835", Justification = "Each way is to be counted, once.")]
    public async Task Write_InEveryWay_CountsAsSent()
    {
        var four = new byte[4];
        await _stream.WriteAsync(four, Cancelled);
        await _stream.WriteAsync(four, 1, 2, Cancelled);
        _stream.Write(four);
        _stream.Write(four, 0, 3);
        await _stream.FlushAsync(Cancelled);
        Assert.Equal((0, 13), Counted);
        Assert.Equal(13, _inner.Length);
    }

    [Fact]
    [SuppressMessage("Performance", "CA1835", Justification = "Each way is to be counted, once.")]
    public async Task Read_InEveryWay_CountsAsReceivedAndTheEndDoesNot()
    {
        _inner.Write(new byte[20]);
        _inner.Position = 0;
        var four = new byte[4];
        Assert.Equal(0, await _stream.ReadAsync(Memory<byte>.Empty, Cancelled));
        await _stream.ReadExactlyAsync(four, Cancelled);
        Assert.Equal(2, await _stream.ReadAsync(four, 1, 2, Cancelled));
        _stream.ReadExactly(four);
        _stream.ReadExactly(four, 0, 3);
        Assert.Equal((13, 0), Counted);
        await _stream.CopyToAsync(Stream.Null, Cancelled);
        Assert.Equal(0, await _stream.ReadAsync(four, Cancelled));
        Assert.Equal((20, 0), Counted);
    }

    [Fact]
    public async Task Read_ThatWaits_CountsWhenItHasCome()
    {
        var (near, far) = Duplex.Pair();
        var stream = new CountedStream(near, new DefaultHttpContext(), _meter);
        var reading = stream.ReadAsync(new byte[10], Cancelled);
        Assert.Equal((0, 0), Counted);
        await far.WriteAsync(new byte[6], Cancelled);
        Assert.Equal(6, await reading);
        Assert.Equal((6, 0), Counted);
    }

    [Fact]
    public async Task Write_ThatFails_CountsNothing()
    {
        await _inner.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _stream.WriteAsync(new byte[4], Cancelled).AsTask());
        Assert.Throws<ObjectDisposedException>(() => _stream.Write(new byte[4]));
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => _stream.WriteAsync(new byte[4], gone.Token).AsTask());
        Assert.Equal((0, 0), Counted);
    }

    [Fact]
    public void Dispose_ClosesTheStreamInside()
    {
        _stream.Dispose();
        Assert.False(_inner.CanRead);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _measurements.Dispose();
    }
}
