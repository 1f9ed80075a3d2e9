using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Kairos.Gateway;

/// <summary>
/// What is known of one request while it is in progress. Stands in for the server's response body, to hand out a counting one where the
/// headers do not say its length or say much. Pooled: whatever another request could mistake for its own is taken back at the end.
/// </summary>
internal sealed class Measurement(RequestMeter meter, TimeProvider timeProvider, Action<Measurement> giveBack) : IHttpResponseBodyFeature
{
    /// <summary>A body that is announced and no larger counts when it is complete, by its length; others by what passes.</summary>
    private const int AnnouncedBytesMax = 65_536;

    private readonly double _secondsPerTick = 1.0 / timeProvider.TimestampFrequency;
    private HttpContext _context = null!;
    private RouteInFlight _route = null!;
    private IHttpResponseBodyFeature _server = null!;
    private CountedUpgrade? _upgrade;
    private CountedStream? _response;
    private bool _countsRequest;
    private long _began;

    public Stream Stream => _response ?? (IsSmall(_context.Response.ContentLength) ? _server.Stream : _response = Counted(_server.Stream));

    public PipeWriter Writer => _server.Writer;

    public void Begin(HttpContext context, RouteInFlight route)
    {
        route.Begin();
        (_context, _route, _began) = (context, route, timeProvider.GetTimestamp());
        _server = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        context.Features.Set<IHttpResponseBodyFeature>(this);
        _upgrade = CountedUpgrade.Install(context, meter);
        var request = context.Request;
        if (!IsSmall(request.ContentLength) && context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false })
        {
            request.Body = Counted(request.Body);
            _countsRequest = true;
        }
    }

    public void Complete()
    {
        var seconds = (timeProvider.GetTimestamp() - _began) * _secondsPerTick;
        var failure = _context.Features.Get<IForwarderErrorFeature>();
        var series = meter.SeriesOf(_context);
        if (failure is null)
        {
            CountAnnounced(series);
        }
        else
        {
            series.RecordError(DestinationErrors.KindOf(failure.Error, failure.Exception));
        }

        var status = StatusOf(failure);
        if (IsLongLived(status))
        {
            series.RecordUntimed(status);
        }
        else
        {
            series.Record(status, seconds);
        }

        _upgrade?.End();
        _route.End();
        Reset();
        giveBack(this);
    }

    public void DisableBuffering() => _server.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => _server.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        _server.SendFileAsync(path, offset, count, cancellationToken);

    public Task CompleteAsync() => _server.CompleteAsync();

    private static bool IsSmall(long? contentLength) => contentLength is <= AnnouncedBytesMax;

    private CountedStream Counted(Stream body) => new(body, _context, meter);

    /// <summary>Of a request that failed nobody knows how much of a small body there was: nothing counts.</summary>
    private void CountAnnounced(Series series)
    {
        if (!_countsRequest && _context.Request.ContentLength is > 0 and var received)
        {
            series.AddReceived(received);
        }

        if (_response is null && _context.Response.ContentLength is > 0 and var sent && HasBody(_context.Request.Method, _context.Response.StatusCode))
        {
            series.AddSent(sent);
        }
    }

    /// <summary>Some responses have a length and yet no body.</summary>
    private static bool HasBody(string method, int status) =>
        status is >= 200 and not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified) && !HttpMethods.IsHead(method);

    /// <summary>The status that counts: a client that went away is 499, a destination that broke off its response is 502.</summary>
    private int StatusOf(IForwarderErrorFeature? failure) => failure?.Error switch
    {
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient
            or ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyClient => StatusCodes.Status499ClientClosedRequest,
        ForwarderError.ResponseBodyDestination => StatusCodes.Status502BadGateway,
        _ => _context.Response.StatusCode,
    };

    private bool IsLongLived(int status) =>
        status == StatusCodes.Status101SwitchingProtocols
        || _upgrade is { IsUpgraded: true }
        || (_context.Response.ContentType is { } type && type.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase));

    private void Reset()
    {
        // Whoever still has the context must find the server's own response there, not that of the next request.
        _context.Features.Set(_server);
        (_context, _route, _server, _upgrade, _response, _countsRequest) = (null!, null!, null!, null, null, false);
    }
}
