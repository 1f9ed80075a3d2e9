using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.ObjectPool;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Kairos.Gateway;

/// <summary>
/// Counts each request when its response is complete. Adds no frame to the request's call chain: it hands Kestrel a callback with a
/// pooled state, so that a request costs no allocation here.
/// </summary>
internal sealed class MeteringMiddleware(RequestDelegate next, RequestMeter meter, TimeProvider timeProvider)
{
    private static readonly Func<object, Task> Completed = static state => ((Measurement)state).Complete();

    private readonly DefaultObjectPool<Measurement> _pool = new(new DefaultPooledObjectPolicy<Measurement>(), maximumRetained: 4_096);
    private readonly double _secondsPerTick = 1.0 / timeProvider.TimestampFrequency;

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is not null)
        {
            return next(context);
        }

        meter.Begin();
        var measurement = _pool.Get();
        measurement.Begin(this, context, timeProvider.GetTimestamp());
        context.Response.OnCompleted(Completed, measurement);
        return next(context);
    }

    private void Count(HttpContext context, long began)
    {
        var seconds = (timeProvider.GetTimestamp() - began) * _secondsPerTick;
        var proxied = context.Features.Get<IReverseProxyFeature>();
        var series = proxied is null
            ? meter.SeriesOf("", "", "")
            : meter.SeriesOf(proxied.Route.Config.RouteId, proxied.Route.Config.ClusterId ?? "", proxied.ProxiedDestination?.DestinationId ?? "");
        var status = StatusOf(context);
        if (IsLongLived(context, status))
        {
            series.RecordUntimed(status);
        }
        else
        {
            series.Record(status, seconds);
        }

        meter.End();
    }

    /// <summary>The status that counts: a client that went away is 499, a destination that broke off its response is 502.</summary>
    private static int StatusOf(HttpContext context) => context.Features.Get<IForwarderErrorFeature>()?.Error switch
    {
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient
            or ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyClient => StatusCodes.Status499ClientClosedRequest,
        ForwarderError.ResponseBodyDestination => StatusCodes.Status502BadGateway,
        _ => context.Response.StatusCode,
    };

    private static bool IsLongLived(HttpContext context, int status) =>
        status == StatusCodes.Status101SwitchingProtocols
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true }
        || (context.Response.ContentType is { } type && type.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase));

    private sealed class Measurement
    {
        private MeteringMiddleware? _owner;
        private HttpContext? _context;
        private long _began;

        public void Begin(MeteringMiddleware owner, HttpContext context, long began) => (_owner, _context, _began) = (owner, context, began);

        public Task Complete()
        {
            var (owner, context) = (_owner!, _context!);
            (_owner, _context) = (null, null);
            owner.Count(context, _began);
            owner._pool.Return(this);
            return Task.CompletedTask;
        }
    }
}
