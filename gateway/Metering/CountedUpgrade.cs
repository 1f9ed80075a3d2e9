namespace Kairos.Gateway;

/// <summary>Counts an upgraded connection while it is open, and the bytes that pass. Used by one request.</summary>
internal sealed class CountedUpgrade(HttpContext context, RequestMeter meter) : InterceptedUpgrade(context)
{
    private readonly HttpContext _context = context;

    /// <summary>The client has its upgraded connection.</summary>
    public bool IsUpgraded { get; private set; }

    /// <summary>Null for a request that asks for no upgrade.</summary>
    public static CountedUpgrade? Install(HttpContext context, RequestMeter meter) => IsAskedFor(context) ? new CountedUpgrade(context, meter) : null;

    /// <summary>The request is over, and with it the connection, if there was one.</summary>
    public void End()
    {
        if (IsUpgraded)
        {
            meter.UpgradedEnd();
        }
    }

    protected override Stream Begin(Stream connection)
    {
        IsUpgraded = true;
        meter.UpgradedBegin();
        return new CountedStream(connection, _context, meter);
    }
}
