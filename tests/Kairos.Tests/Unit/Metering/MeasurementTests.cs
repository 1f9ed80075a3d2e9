using Kairos.Gateway;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class MeasurementTests : IDisposable
{
    private readonly Measurements _measurements = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly DefaultHttpContext _context = new();
    private readonly List<Measurement> _givenBack = [];
    private readonly RequestMeter _meter;
    private readonly Measurement _measurement;

    public MeasurementTests()
    {
        _meter = new RequestMeter(new MeteringOptions(), new GatewayInstruments(_measurements));
        _measurement = new Measurement(_meter, _clock, _givenBack.Add);
    }

    [Fact]
    public void Complete_ARequest_LeavesTheContextAsItWasAndIsGivenBack()
    {
        var server = _context.Features.Get<IHttpResponseBodyFeature>();
        var body = _context.Response.Body;
        _measurement.Begin(_context, _meter.Unmatched);
        Assert.IsType<CountedStream>(_context.Response.Body);
        Assert.Same(_context.Response.Body, _context.Response.Body);
        Assert.Equal(1, _meter.InFlight);
        _clock.Advance(TimeSpan.FromMilliseconds(3));

        _measurement.Complete();
        Assert.Same(server, _context.Features.Get<IHttpResponseBodyFeature>());
        Assert.Same(body, _context.Response.Body);
        Assert.Equal([_measurement], _givenBack);
        Assert.Equal(0, _meter.InFlight);
        Assert.Equal(new RequestCounters(0, 1, 0, 0, 0, 0, 1, 3_000), _meter.SeriesOf("", "", "").Counters(1));
    }

    [Theory]
    [InlineData(65_536, false)]
    [InlineData(65_537, true)]
    [InlineData(null, true)]
    public void Stream_ByTheAnnouncedLength_IsTheServersOwnWhereItIsSmall(int? length, bool counted)
    {
        var body = _context.Response.Body;
        _measurement.Begin(_context, _meter.Unmatched);
        _context.Response.ContentLength = length;
        Assert.Equal(counted, !ReferenceEquals(body, _context.Response.Body));
    }

    [Theory]
    [InlineData("GET", 200, 500)]
    [InlineData("GET", 404, 500)]
    [InlineData("GET", 101, 0)]
    [InlineData("GET", 204, 0)]
    [InlineData("GET", 304, 0)]
    [InlineData("HEAD", 200, 0)]
    public void Complete_ASmallResponse_CountsItsLengthWhereItHasABody(string method, int status, long sent)
    {
        _context.Request.Method = method;
        _measurement.Begin(_context, _meter.Unmatched);
        _context.Response.StatusCode = status;
        _context.Response.ContentLength = 500;
        _measurement.Complete();
        Assert.Equal(sent, _meter.SeriesOf("", "", "").Counters(0).BytesSent);
    }

    [Fact]
    public void Complete_AnOrdinaryRequest_HasAllocatedNothing()
    {
        var measurement = new Measurement(_meter, _clock, _ => { });
        _context.Features.Set<IHttpRequestBodyDetectionFeature>(new NoBody());
        _context.Response.ContentLength = 500;
        MeasureMany();
        var before = GC.GetAllocatedBytesForCurrentThread();
        MeasureMany();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(2_000, _meter.SeriesOf("", "", "").Requests);

        void MeasureMany()
        {
            for (var i = 0; i < 1_000; i++)
            {
                measurement.Begin(_context, _meter.Unmatched);
                Assert.NotNull(_context.Response.Body);
                measurement.Complete();
            }
        }
    }

    public void Dispose() => _measurements.Dispose();

    private sealed class NoBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => false;
    }
}
