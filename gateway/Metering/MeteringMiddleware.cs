using Microsoft.Extensions.ObjectPool;

namespace Kairos.Gateway;

/// <summary>
/// Counts each request when its response is complete. Adds no frame to the request's call chain: it hands Kestrel a callback with a
/// pooled state, so that an ordinary request costs no allocation here.
/// </summary>
internal sealed class MeteringMiddleware
{
    private const int PooledMax = 4_096;

    private static readonly Func<object, Task> Completed = static state =>
    {
        ((Measurement)state).Complete();
        return Task.CompletedTask;
    };

    private readonly RequestDelegate _next;
    private readonly RequestMeter _meter;
    private readonly DefaultObjectPool<Measurement> _pool;

    public MeteringMiddleware(RequestDelegate next, RequestMeter meter, TimeProvider timeProvider)
    {
        (_next, _meter) = (next, meter);
        _pool = new(new Policy(() => new Measurement(meter, timeProvider, Return)), PooledMax);
    }

    public Task InvokeAsync(HttpContext context)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        var route = metadata?.GetMetadata<RouteInFlight>();
        if (route is null && metadata?.GetMetadata<OwnEndpoint>() is not null)
        {
            return _next(context);
        }

        var measurement = _pool.Get();
        measurement.Begin(context, route ?? _meter.Unmatched);
        context.Response.OnCompleted(Completed, measurement);
        return _next(context);
    }

    private void Return(Measurement measurement) => _pool.Return(measurement);

    private sealed class Policy(Func<Measurement> create) : PooledObjectPolicy<Measurement>
    {
        public override Measurement Create() => create();

        public override bool Return(Measurement obj) => true;
    }
}
